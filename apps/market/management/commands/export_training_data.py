"""manage.py export_training_data: what was known each day, and what came of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.market.services.training import TrainingExportError, export_training_data
from mtgintel.core.constants import Currency


class Command(BaseCommand):
    help = (
        "Write point-in-time features and later returns to Parquet files, one a month "
        "(docs/research-export.md says what the columns are)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", type=date.fromisoformat, help="First day (UTC).")
        parser.add_argument("--to", type=date.fromisoformat, help="Last day (UTC).")
        parser.add_argument(
            "--currency", type=str.upper, choices=Currency.values, default=Currency.USD
        )
        parser.add_argument(
            "--out", type=Path, required=True, help="A folder that does not exist yet."
        )

    def handle(self, *, currency: str, out: Path, **options: Any) -> None:
        started = perf_counter()
        try:
            export = export_training_data(
                out=out,
                currency=currency,
                first=options["from"],
                last=options["to"],
                on_progress=self._progress if options["verbosity"] > 1 else _quiet,
            )
        except TrainingExportError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"training data: {export.rows:,} rows of {export.span.first} to "
            f"{export.span.last} in {len(export.files)} files, {export.bytes:,} bytes, "
            f"in {perf_counter() - started:.0f} s: {out}"
        )

    def _progress(self, rows: int) -> None:
        self.stdout.write(f"{rows:,} rows")


def _quiet(rows: int) -> None:
    """Says nothing."""
