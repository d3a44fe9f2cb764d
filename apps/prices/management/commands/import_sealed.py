"""manage.py import_sealed: what sealed products there are, and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.prices.ingest.sealed import read_cardmarket_list, read_set_file
from apps.prices.services.sealed import import_sealed_products
from mtgintel.core.feeds import FeedFile, IngestError


class Command(BaseCommand):
    help = (
        "Read the names and contents of sealed products. Their prices come with the "
        "feeds of tcgcsv and Cardmarket."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set",
            dest="sets",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help="A set file of MTGJSON (NEO.json[.gz]); may be repeated.",
        )
        parser.add_argument(
            "--cardmarket",
            type=Path,
            metavar="FILE",
            help="Cardmarket's products_nonsingles_1.json[.gz].",
        )

    def handle(
        self, *, sets: list[Path], cardmarket: Path | None, **options: Any
    ) -> None:
        if not sets and cardmarket is None:
            raise CommandError("Give at least one file: --set or --cardmarket.")
        try:
            records = [one for path in sets for one in read_set_file(FeedFile(path))]
            if cardmarket is not None:
                records += read_cardmarket_list(FeedFile(cardmarket))
        except IngestError as error:
            raise CommandError(str(error)) from error
        done = import_sealed_products(records=records)
        self.stdout.write(
            f"sealed products: {len(records):,} read, {done.created:,} new, "
            f"{done.changed:,} changed."
        )
