"""manage.py ingest SOURCE | all: feeds in, from the network or a file."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.prices.models import IngestRun
from apps.prices.selectors import coverage_of
from apps.prices.services import (
    VENDORS,
    VendorFile,
    custom_sources,
    feeds,
    fetch_custom,
    fetch_rates,
    fetch_vendor,
    ingest_custom,
    ingest_rates,
    ingest_vendor,
    live,
)
from mtgintel.core.feeds import FURTHEST_AHEAD, FeedFile, IngestError, Progress

# The game came out in 1993.
_FIRST_MOMENT = datetime(1993, 8, 5, tzinfo=UTC)


class Command(BaseCommand):
    help = "Read price feeds: fetched from their servers, or from files."

    def add_arguments(self, parser: CommandParser) -> None:
        sources = parser.add_subparsers(dest="feed", required=True, metavar="SOURCE")
        scryfall = sources.add_parser(
            "scryfall", help="Catalogue, sets, migrations and today's prices."
        )
        _add_origin(scryfall, file="A bulk file, JSONL or array.")
        scryfall.add_argument(
            "--at", type=_moment, help="When the file's prices held (ISO 8601)."
        )
        scryfall.add_argument("--sets", type=Path, help="The answer of /sets.")
        scryfall.add_argument(
            "--migrations", type=Path, help="The answer of /migrations."
        )
        mtgjson = sources.add_parser("mtgjson", help="Price history by vendor.")
        prices = mtgjson.add_mutually_exclusive_group()
        prices.add_argument("--prices", type=Path, help="AllPrices(Today).json[.gz].")
        prices.add_argument("--url", help="Fetch prices from here.")
        mtgjson.add_argument(
            "--identifiers", type=Path, help="AllIdentifiers.json[.gz]."
        )
        mtgjson.add_argument(
            "--today", action="store_true", help="One day's prices, not 90 days'."
        )
        vendors = [_add_vendor(sources, source) for source in VENDORS]
        vendors += [_add_vendor(sources, slug) for slug in _custom_sources()]
        rates = sources.add_parser("ecb", help="Exchange rates of the euro.")
        _add_origin(rates, file="XML or CSV as the bank has it, zipped or not.")
        everything = sources.add_parser("all", help="Every feed, from its server.")
        for parser_ in (scryfall, mtgjson, rates, *vendors, everything):
            parser_.add_argument(
                "--force",
                action="store_true",
                help="Take a file that is doubted: with far less in it than the last "
                "one, or rates that leap.",
            )

    def handle(self, *_: Any, **options: Any) -> None:
        reading = {
            "scryfall": _scryfall,
            "mtgjson": _mtgjson,
            "ecb": _ecb,
            "all": _all,
        }
        other = _vendor if options["feed"] in VENDORS else _custom
        read = reading.get(options["feed"], other)
        try:
            for run in read(options, TerminalProgress()):
                self._report(run)
        except IngestError as error:
            raise CommandError(str(error)) from None

    def _report(self, run: IngestRun) -> None:
        if run.status == IngestRun.Status.REFUSED:
            self.stderr.write(f"{run.source}: refused. {run.error}")
            return
        self.stdout.write(
            f"{run.source}: {run.rows_written:,} written, "
            f"{run.rows_unchanged:,} unchanged, {run.rows_rejected:,} rejected "
            f"of {run.rows_seen:,} (run {run.pk})"
        )
        for reason, rows in run.rejects.items():
            self.stdout.write(f"  rejected: {reason}: {rows:,}")
        coverage = coverage_of(run)
        if coverage is not None:
            self.stdout.write(f"  coverage: {coverage:.2%} of the rows have a card")


def _scryfall(options: dict[str, Any], progress: Progress) -> list[IngestRun]:
    if options["file"] is None:
        return live.fetch_scryfall(
            url=options["url"],
            at=options["at"],
            force=options["force"],
            progress=progress,
        )
    return feeds.ingest_scryfall(
        path=options["file"],
        sets=_text(options["sets"]),
        migrations=_text(options["migrations"]),
        at=options["at"],
        force=options["force"],
        progress=progress,
    )


def _mtgjson(options: dict[str, Any], progress: Progress) -> list[IngestRun]:
    prices, identifiers = options["prices"], options["identifiers"]
    if prices is None and identifiers is None:
        return live.fetch_mtgjson(
            url=options["url"],
            is_today=options["today"],
            force=options["force"],
            progress=progress,
        )
    runs = []
    if identifiers is not None:
        runs.append(
            feeds.ingest_mtgjson_identifiers(path=identifiers, progress=progress)
        )
    if prices is not None:
        runs.append(
            feeds.ingest_mtgjson_prices(
                path=prices,
                is_today=options["today"],
                force=options["force"],
                progress=progress,
            )
        )
    return runs


def _add_vendor(sources: Any, source: str) -> CommandParser:
    parser: CommandParser = sources.add_parser(
        source, help=f"Prices of {source}, fetched or from a file."
    )
    _add_origin(parser, file="A file (or folder) of the feed.")
    parser.add_argument("--at", type=_moment, help="When its prices held (ISO 8601).")
    if source == "cardmarket":
        parser.add_argument(
            "--products", type=Path, help="The product list, for names of the unknown."
        )
    return parser


def _add_origin(parser: CommandParser, *, file: str) -> None:
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--file", type=Path, help=file)
    origin.add_argument("--url", help="Fetch it from here.")


def _vendor(options: dict[str, Any], progress: Progress) -> list[IngestRun]:
    source, path = options["feed"], options["file"]
    rest = {"at": options["at"], "force": options["force"], "progress": progress}
    if path is None:
        return fetch_vendor(source=source, url=options["url"], **rest)
    file = VendorFile(path, products=options.get("products"))
    return [ingest_vendor(source=source, file=file, **rest)]


def _ecb(options: dict[str, Any], progress: Progress) -> list[IngestRun]:
    path, rest = options["file"], {"force": options["force"], "progress": progress}
    if path is None:
        return fetch_rates(url=options["url"], **rest)
    return [ingest_rates(path=path, **rest)]


def _custom_sources() -> list[str]:
    """The lists described in the admin; none where there is no database to ask."""
    try:
        return custom_sources()
    except DatabaseError:
        return []


def _custom(options: dict[str, Any], progress: Progress) -> list[IngestRun]:
    slug, path = options["feed"], options["file"]
    rest = {"at": options["at"], "force": options["force"], "progress": progress}
    if path is None:
        return fetch_custom(slug=slug, url=options["url"], **rest)
    return [ingest_custom(slug=slug, file=VendorFile(path), **rest)]


def _all(options: dict[str, Any], progress: Progress) -> Iterator[IngestRun]:
    return live.fetch_all(force=options["force"], progress=progress)


def _text(path: Path | None) -> bytes | None:
    """A file as it is or out of its gzip. Raises CorruptFeedError."""
    return None if path is None else b"".join(FeedFile(path).pieces())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST_MOMENT <= moment <= datetime.now(UTC) + FURTHEST_AHEAD:
        raise ArgumentTypeError(f"{text!r} is no moment at which cards had prices")
    return moment


class TerminalProgress(Progress):
    """How far a reading is: one line kept current on a terminal, a few otherwise."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._is_live = sys.stderr.isatty()
        self._last = 0.0

    def reading(self, done: int, total: int, rows: int) -> None:
        if not self._is_live or time.monotonic() < self._last + 0.2:
            return
        self._last = time.monotonic()
        seconds = self._last - self._started
        left = seconds * (total - done) / done if done else 0
        self._line(
            f"reading {100 * done // max(total, 1)} %  {rows:,} rows  "
            f"{rows / max(seconds, 0.001):,.0f} rows/s  {left:,.0f} s left"
        )

    def storing(self, rows: int) -> None:
        seconds = time.monotonic() - self._started
        text = f"read {rows:,} rows in {seconds:.1f} s; storing"
        if self._is_live:
            self._line(text)
        else:
            print(text, file=sys.stderr)

    def finished(self) -> None:
        if self._is_live:
            self._line("")
        self._started = time.monotonic()

    def _line(self, text: str) -> None:
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
