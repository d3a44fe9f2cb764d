"""`manage.py restore_archive`: bring the archive's prices back into the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.prices.archive.services import restore_archive
from apps.prices.models import IngestRun
from mtgintel.core.feeds import IngestError

from .archive import add_range
from .ingest import TerminalProgress


class Command(BaseCommand):
    help = (
        "Store the archive's prices that the database does not have. The catalogue "
        "must be there (manage.py ingest scryfall)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_range(parser)
        parser.add_argument("--url", help="Where from, instead of ARCHIVE_URL.")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            restored = restore_archive(
                url=options["url"],
                first=options["from"],
                last=options["to"],
                progress=TerminalProgress(),
            )
        except IngestError as error:
            raise CommandError(str(error)) from None
        for run in restored.runs:
            self._report(run)
        self.stdout.write(f"archive: {restored.days} days restored")
        if restored.refused:
            raise CommandError("Not restored:\n" + "\n".join(restored.refused))

    def _report(self, run: IngestRun) -> None:
        self.stdout.write(
            f"{run.uri}: {run.rows_written:,} written, {run.rows_unchanged:,} "
            f"unchanged, {run.rows_rejected:,} rejected of {run.rows_seen:,} "
            f"(run {run.pk})"
        )
        for reason, rows in run.rejects.items():
            self.stdout.write(f"  rejected: {reason}: {rows:,}")
