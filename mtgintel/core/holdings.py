"""What somebody owns, for pages of apps that know nothing of collections.

    holdings.register(lambda user: Lot.objects.of(user).held().values("card_id"))
    holdings.cards_of(request.user)        # {17, 42}

An app registers in its AppConfig's ready(); the last one to do so is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

# Takes a user; the ids of the cards they hold copies of, each perhaps several times.
Provider = Callable[[Any], Iterable[int]]

_providers: list[Provider] = []


def register(provider: Provider) -> None:
    _providers.append(provider)


def cards_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[int]:
    """The ids of the cards somebody holds; none of who is not signed in."""
    if not user.is_authenticated or not _providers:
        return frozenset()
    return frozenset(_providers[-1](user))
