"""A token for scripts, from the command line."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from apps.settings.services import create_token


class Command(BaseCommand):
    help = "Print a new API token of a user, for the header Authorization: Token …"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="name or e-mail address")
        parser.add_argument("--name", default="command line", help="what it is called")

    def handle(self, *args: Any, user: str, name: str, **options: Any) -> str:
        people = get_user_model().objects
        found = list(people.filter(Q(username=user) | Q(email__iexact=user))[:2])
        if len(found) != 1:
            how_many = "no user" if not found else "more than one user"
            raise CommandError(f"There is {how_many} called {user}.")
        return create_token(user=found[0], name=name).secret
