"""`manage.py backup`: a whole copy of the database in a directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mtgintel.core.backup import LEFT_OUT, BackupError, back_up


class Command(BaseCommand):
    help = (
        "Write a backup of the database into a directory of its own, with checksums. "
        "The site may run meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "directory",
            nargs="?",
            type=Path,
            default=Path(settings.BACKUP_DIR),
            help="Where backups are kept (%(default)s).",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            made = back_up(options["directory"])
        except BackupError as error:
            raise CommandError(str(error)) from None
        size = sum(file.stat().st_size for file in made.iterdir())
        self.stdout.write(f"{made}: {size:,} bytes")
        self.stdout.write(
            f"Left out: sign-ins (the rows of {', '.join(LEFT_OUT)}). Not in the "
            "database, so to be kept elsewhere: SECRET_KEY and other settings, the "
            "archive, downloaded feeds."
        )
