"""manage.py backtest: a rule on the past, with what was known on each day of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.recommendations.maths.report import in_markdown
from apps.recommendations.maths.versions import CURRENT, RULES
from apps.recommendations.selectors import backtest
from mtgintel.core.constants import Currency


class Command(BaseCommand):
    help = "Replay a rule day by day on the stored prices; writes nothing to them."

    def add_arguments(self, parser: CommandParser) -> None:
        day = date.fromisoformat
        parser.add_argument("--from", dest="first", type=day, required=True)
        parser.add_argument("--to", dest="last", type=day, required=True)
        parser.add_argument("--rule", choices=sorted(RULES), default=CURRENT.key)
        parser.add_argument("--currency", choices=Currency.values, action="append")
        parser.add_argument("--output", type=Path, help="Write the table here as well.")

    def handle(self, *, first: date, last: date, **options: Any) -> None:
        if first > last:
            raise CommandError(f"--from {first} is after --to {last}.")
        rule = RULES[options["rule"]]
        currencies = options["currency"] or Currency.values
        table = in_markdown(backtest(first, last, rule, currencies))
        self.stdout.write(f"{rule.key}, {first} to {last}, {', '.join(currencies)}\n")
        self.stdout.write(table)
        if options["output"]:
            options["output"].write_text(f"{table}\n")
