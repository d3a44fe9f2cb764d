"""What `make run` does to the database before it serves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from mtgintel.core.embedded.paths import DataPaths, read_or_create_secret
from mtgintel.settings.env import DATA_DIR

ADMIN_NAME = "admin"


class Command(BaseCommand):
    help = (
        "Migrate, fill an empty database with the demo market, and make an admin user "
        "when there is none."
    )

    # Those are for developers; a start has no time for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        # Pages are there in a third of the time; the worker does the rest meanwhile.
        call_command("demo", "--if-empty", "--leave-rest")
        self._have_an_admin()

    def _have_an_admin(self) -> None:
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return
        password = read_or_create_secret(DataPaths(DATA_DIR).admin_password, DATA_DIR)
        users.create_superuser(ADMIN_NAME, password=password)
        self.stdout.write(f"Made the user {ADMIN_NAME}.")
