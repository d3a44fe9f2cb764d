"""manage.py compute_indices: the chained indices, and how broadly they move, from the
prices that are stored."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.market.selectors import newest_index_day
from apps.market.services import update_breadth, update_indices
from mtgintel.core import cache


class Command(BaseCommand):
    help = (
        "Compute the chained indices and their breadth; every ingest does so for the "
        "days it wrote."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        days = parser.add_mutually_exclusive_group()
        days.add_argument(
            "--from",
            dest="start",
            type=_day,
            metavar="DAY",
            help="From this day on (ISO 8601); without it, from the newest point on.",
        )
        days.add_argument(
            "--rebuild", action="store_true", help="Everything there are prices of."
        )

    def handle(self, *, start: datetime | None, rebuild: bool, **options: Any) -> None:
        started = perf_counter()
        newest = None if rebuild else newest_index_day()
        update = update_indices(start=start or newest)
        update_breadth(start=start or newest)
        cache.bump()
        seconds = perf_counter() - started
        self.stdout.write(
            f"indices: {update.days} days of a currency computed, "
            f"{update.written:,} points changed in {seconds:.1f} s."
        )


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day, as in 2026-03-10") from None
