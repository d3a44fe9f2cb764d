"""The days of collections, kept so that nobody waits for them to be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from apps.inventory.models import Lot
from apps.inventory.selectors.history import (
    DueDay,
    ValueDay,
    due_days,
    in_pieces,
    replayed,
    scope_of,
)
from mtgintel.core import cache, events
from mtgintel.core.constants import Currency
from mtgintel.core.money import SCALE
from mtgintel.core.sql import load_sql

# How long a price may stand for the days after it, at most.
LONGEST_CARRY = timedelta(days=14)
TASK = "inventory.fill_values"


def fill_values(*, user_id: int) -> int:
    """Work out the days of somebody's collection that are missing or from before an
    edit, in every currency; how many there were."""
    user = get_user_model().objects.filter(pk=user_id).first()
    if user is None:
        return 0
    written = sum(_fill(user, currency) for currency in Currency.values)
    if written:
        _tell(user_id)
    return written


def update_values(start: datetime, end: datetime) -> int:
    """Work out the days of all collections that prices of [start, end] count on, and
    those that are missing; how many days were written."""
    first, last = start.date(), end.date() + LONGEST_CARRY
    written = 0
    for user in _owners():
        found = sum(_fill(user, currency, first, last) for currency in Currency.values)
        if found:
            _tell(user.pk)
        written += found
    return written


def push_followed() -> int:
    """Tell those who follow their collection of new prices; how many there are."""
    owners = Lot.objects.order_by().values_list("owner_id", flat=True).distinct()
    followed = events.followed(f"inventory:user:{owner}" for owner in owners)
    if followed:
        events.publish(followed)
    return len(followed)


def _owners() -> list[Any]:
    owners = Lot.objects.order_by().values("owner_id")
    return list(get_user_model().objects.filter(pk__in=owners))


def _tell(user_id: int) -> None:
    cache.bump(scope_of(user_id))
    events.publish({f"inventory:user:{user_id}"})


def _fill(
    user: Any, currency: str, first: date = date.max, last: date = date.max
) -> int:
    """The newest days first, a few in each transaction; those of [first, last] again
    even if they are kept."""
    due = {
        one.day: one
        for one in due_days(user, currency)
        if one.is_missing or first <= one.day <= last
    }
    pieces = list(in_pieces(sorted(due)))
    return sum(_write(user, currency, piece, due) for piece in reversed(pieces))


@transaction.atomic
def _write(
    user: Any, currency: str, days: Sequence[date], due: dict[date, DueDay]
) -> int:
    found = replayed(user, currency, days)
    with connection.cursor() as cursor:
        cursor.executemany(
            load_sql("inventory", "write_values"),
            [
                {
                    "owner_id": user.pk,
                    "currency": currency,
                    "basis": due[one.day].basis,
                    **_figures(one),
                }
                for one in found
            ],
        )
    return len(found)


def _figures(one: ValueDay) -> dict[str, Any]:
    worth = one.worth
    return {
        "day": one.day,
        "copies": worth.copies,
        "special": worth.special,
        "priced": worth.market.copies,
        "estimated": worth.market.estimated,
        "market": int(worth.market.value * SCALE),
        "bid": worth.buylist.copies,
        "buylist": int(worth.buylist.value * SCALE),
        "sold": worth.net.copies,
        "net": int(worth.net.value * SCALE),
        "measured": int(one.measured * SCALE),
    }
