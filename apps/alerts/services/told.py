"""Whoever looks at the bell, or follows their alerts, hears of what is new."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from apps.alerts.selectors.rules import bell_scope
from mtgintel.core import cache, events


def tell(owner_ids: Iterable[int]) -> None:
    """That something fired, or was looked at; once this has committed."""
    owners = set(owner_ids)
    for owner_id in owners:
        transaction.on_commit(partial(cache.bump, bell_scope(owner_id)), robust=True)
    events.publish({f"alerts:user:{owner_id}" for owner_id in owners})
