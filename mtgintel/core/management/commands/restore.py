"""`manage.py restore`: load a backup into an empty database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mtgintel.core.backup import BackupError, restore


class Command(BaseCommand):
    help = (
        "Load a backup that `manage.py backup` made, if its checksums are right. It is "
        "loaded in one transaction: when it fails nothing has changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help="The backup's own directory.")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Lose what the database holds, if it holds something.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            restored = restore(options["directory"], replace=options["replace"])
        except BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Restored: the database of {restored.manifest.made_at:%Y-%m-%d %H:%M:%S} "
            "UTC. Everybody signs in again."
        )
        if restored.migrations_to_do:
            self.stdout.write(
                f"This code has {len(restored.migrations_to_do)} newer migrations: run "
                "manage.py migrate."
            )
