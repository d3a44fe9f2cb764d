"""manage.py detect_signals: the signals of a day, or of a range of days."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.signals.selectors.panel import newest_price_day
from apps.signals.services import detect_signals, judge_signals
from mtgintel.core import cache


class Command(BaseCommand):
    help = "Find the signals of a day; after every ingest this happens by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at",
            type=_day,
            metavar="DAY",
            help="The day (ISO 8601); without it, the newest with prices.",
        )
        parser.add_argument(
            "--from", dest="first", type=_day, metavar="DAY", help="First of a range."
        )
        parser.add_argument(
            "--to", dest="last", type=_day, metavar="DAY", help="Last of a range."
        )

    def handle(
        self, *, at: date | None, first: date | None, last: date | None, **options: Any
    ) -> None:
        if at and (first or last):
            raise CommandError("--at is one day, --from and --to are a range.")
        newest = at or last or newest_price_day()
        if newest is None:
            raise CommandError("There are no prices yet: run ingest or demo first.")
        if first and first > newest:
            raise CommandError(f"{first} is after {newest}.")
        started = perf_counter()
        update = detect_signals(first=first or newest, last=newest)
        judge_signals(first=first or newest, last=newest_price_day() or newest)
        cache.bump()
        seconds = perf_counter() - started
        days = f"{first} to {newest}" if first else f"{newest}"
        self.stdout.write(
            f"signals of {days}: {update.found:,} found, {update.written:,} written, "
            f"{update.removed:,} removed in {seconds:.1f} s."
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day, as in 2026-03-10") from None
