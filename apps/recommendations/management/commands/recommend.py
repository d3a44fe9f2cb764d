"""manage.py recommend: advice for a day, or for each day of a range."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.recommendations.services import (
    OutOfOrderError,
    RuleChangedError,
    recommend,
)


class Command(BaseCommand):
    help = "Advise on every card of the market by what was known on a day."

    def add_arguments(self, parser: CommandParser) -> None:
        day = date.fromisoformat
        parser.add_argument("--at", type=day, help="The day (default: today, UTC).")
        parser.add_argument("--from", dest="first", type=day, help="From this day on.")
        parser.add_argument("--to", dest="last", type=day, help="The last of them.")

    def handle(
        self, *, at: date | None, first: date | None, last: date | None, **_: Any
    ) -> None:
        if at and (first or last):
            raise CommandError("Give --at, or --from and --to.")
        last = at or last or timezone.now().date()
        first = first or last
        if first > last:
            raise CommandError(f"--from {first} is after --to {last}.")
        try:
            advised = recommend(at=last, first=first)
        except (OutOfOrderError, RuleChangedError) as error:
            raise CommandError(str(error)) from error
        days = (last - first) // timedelta(days=1) + 1
        self.stdout.write(
            f"recommend: {days} day{'s' if days > 1 else ''} to {last}, "
            f"{advised.issued:,} issued, {advised.closed:,} closed."
        )
