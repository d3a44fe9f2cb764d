"""`manage.py demo`: fill an empty database with a market to look at."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.cards.models import Card
from apps.prices.demo.services import NotEmptyError, load_demo_market
from mtgintel.core import cache, derived
from mtgintel.core.feeds import IngestError


class Command(BaseCommand):
    help = "Fill an empty database with the demo market: real cards, invented prices."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="say so and succeed when the database is not empty",
        )
        parser.add_argument(
            "--days", type=int, default=180, help="how much history (default 180)"
        )
        parser.add_argument(
            "--leave-rest",
            action="store_true",
            help="leave what takes long, signals and advice, to a worker",
        )

    def handle(
        self, *, if_empty: bool, days: int, leave_rest: bool, **options: Any
    ) -> None:
        if days < 1:
            raise CommandError(f"--days must be at least 1, not {days}.")
        started = perf_counter()
        try:
            run = load_demo_market(days=days)
        except NotEmptyError as error:
            if not if_empty:
                raise CommandError(str(error)) from error
            self.stdout.write(f"demo: not needed. {error}")
            return
        except IngestError as error:
            raise CommandError(str(error)) from error
        if leave_rest:
            derived.ask()
        else:
            derived.catch_up()
            cache.bump()
        seconds = perf_counter() - started
        self.stdout.write(
            f"demo: {Card.objects.count()} printings, {run.rows_written:,} prices of "
            f"{days} days in {seconds:.0f} s."
        )
