"""`manage.py archive`: write the days that changed to the archive."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.prices.archive.services import archive_prices
from mtgintel.core.feeds import IngestError


class Command(BaseCommand):
    help = (
        "Write prices to the archive, one Parquet file per UTC day. Without a range: "
        "the days that changed since the last time, up to yesterday."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_range(parser)
        parser.add_argument("--url", help="Where to, instead of ARCHIVE_URL.")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            exported = archive_prices(
                first=options["from"], last=options["to"], url=options["url"]
            )
        except IngestError as error:
            raise CommandError(str(error)) from None
        for day in exported.days:
            note = ", with rows the database no longer has" if day.is_merged else ""
            self.stdout.write(
                f"{day.day}: {day.rows:,} prices, {day.bytes:,} bytes{note}"
            )
        self.stdout.write(
            f"archive: {len(exported.days)} days written ({exported.rows:,} prices, "
            f"{exported.bytes:,} bytes), {exported.unchanged} unchanged"
        )
        if exported.failed:
            raise CommandError("Not archived:\n" + "\n".join(exported.failed))


def add_range(parser: CommandParser) -> None:
    parser.add_argument("--from", type=date.fromisoformat, help="First day (UTC).")
    parser.add_argument("--to", type=date.fromisoformat, help="Last day (UTC).")
