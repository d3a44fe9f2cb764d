"""What a collection was worth on past days: its lots as they were held, replayed
against the daily closes; days that were worked out before are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import Min
from django.utils import timezone

from apps.inventory.models import Lot
from apps.market.models import MarketIndexDaily
from apps.prices.selectors import freshness
from apps.settings.selectors import preferences_of
from mtgintel.core import cache
from mtgintel.core.constants import PERIODS, Condition, Currency
from mtgintel.core.money import from_thousandths, to_thousandths
from mtgintel.core.sql import load_sql

from .portfolio import Worth, fee_terms, worth_of
from .values import LotsState, lots_state

# Days worked out at once: what they read and sort stays in memory.
AT_ONCE = timedelta(days=14)
# So many goods × days are replayed while somebody waits for the page; the others are
# left to the background.
AFFORDABLE = 40_000
_PERIODS = ("30d", "90d", "1y", "all")
HISTORY_PERIODS = {name: PERIODS[name] for name in _PERIODS}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ValueDay:
    """A day (UTC) of a collection. `measured` is the market value of the lots whose
    cost and proceeds are known. Not `is_current` where it was worked out before the
    lots, preferences or fees were edited."""

    day: date
    worth: Worth
    measured: Decimal
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class ValueHistory:
    """The days of a period that something was held on, the oldest first; `waiting` of
    them are still to be worked out. `state` names the lots and what else it is of."""

    state: str
    currency: str
    period: str
    days: list[ValueDay]
    waiting: int

    @property
    def outdated(self) -> int:
        return sum(not one.is_current for one in self.days)

    @property
    def priced_days(self) -> list[ValueDay]:
        """Those on which anything had a price; the others are gaps."""
        return [one for one in self.days if one.worth.market.copies]


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day, the basis it is worked out by now, and what is kept of it."""

    day: date
    basis: str
    kept: ValueDay | None

    @property
    def is_missing(self) -> bool:
        return self.kept is None or not self.kept.is_current


def value_history(
    user: Any, currency: str, period: str, lots: LotsState | None = None
) -> ValueHistory:
    """The history of a collection, by its owner's preferences of today.

    Writes nothing: days that nobody has worked out yet are replayed as far as that is
    quick, the newest first.
    """
    version = cache.data_version(scope_of(user.pk))
    chosen = (currency, period, choices_of(user, currency))
    asked = repr((lots or lots_state(user.pk), version, chosen))
    state = blake2b(asked.encode(), digest_size=16).hexdigest()
    return cache.get_or_compute(
        f"inventory.history:{state}", lambda: _history(user, currency, period, state)
    )


def worth_on(
    user: Any, currency: str, day: date, min_price: Decimal | None = None
) -> ValueDay | None:
    """A collection on a day; None where nothing was held then."""
    found = replayed(user, currency, [day], min_price)
    return found[0] if found and found[0].worth.copies else None


def scope_of(user_id: int) -> str:
    """The cache's scope of the kept days of a collection."""
    return f"portfolio:{user_id}"


def _history(user: Any, currency: str, period: str, state: str) -> ValueHistory:
    due = due_days(user, currency, _start(period))
    missing = [one.day for one in due if one.is_missing]
    found = {one.day: one.kept for one in due if one.kept}
    # What cannot be worked out now shows as it was before the edit, where it was.
    for one in replayed(user, currency, _affordable(user, missing)):
        found[one.day] = one
    days = [found[day] for day in sorted(found) if found[day].worth.copies]
    return ValueHistory(state, currency, period, days, len(due) - len(found))


def _affordable(user: Any, days: list[date]) -> list[date]:
    """The newest of `days`, as many as can be replayed quickly."""
    if not days:
        return []
    goods = Lot.objects.of(user).values("card_id", "finish", "condition", "language")
    number = AFFORDABLE // max(1, goods.order_by().distinct().count())
    return days[-number:] if number else []


def _start(period: str) -> date:
    length = HISTORY_PERIODS[period]
    return timezone.now().date() - length if length else date.min


def due_days(user: Any, currency: str, start: date = date.min) -> list[DueDay]:
    """The days of a chart from `start` (but not before there were prices) to today."""
    today = timezone.now().date()
    first = _first_day(currency)
    if first is None:
        return []
    statement = _about_segments("stored_values")
    preferences = choices_of(user, currency)
    parameters = {
        **_whose(user, currency),
        "start": max(start, first),
        "end": today,
        "choices": repr(sorted(preferences.items())),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_due(row) for row in cursor]


def _due(row: tuple[Any, ...]) -> DueDay:
    day, basis, *figures, measured, kept_basis = row
    if kept_basis is None:
        return DueDay(day, basis, None)
    kept = ValueDay(
        day, worth_of(figures), from_thousandths(measured), kept_basis == basis
    )
    return DueDay(day, basis, kept)


def _first_day(currency: str) -> date | None:
    """The first with prices of a currency."""
    buckets = MarketIndexDaily.objects.filter(currency=currency)
    first: datetime | None = cache.get_or_compute(
        f"inventory.first_day:{currency}",
        lambda: buckets.aggregate(first=Min("bucket"))["first"],
    )
    return first.astimezone(UTC).date() if first else None


def replayed(
    user: Any, currency: str, days: Sequence[date], min_price: Decimal | None = None
) -> list[ValueDay]:
    """Days worked out from the lots and the closes; those without lots are left out.

    Only of copies worth `min_price` at least, where that is given.
    """
    found = []
    for some in in_pieces(days):
        statement, parameters = replay_query(user, currency, some, min_price)
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            found += [
                ValueDay(day, worth_of(figures), from_thousandths(measured))
                for day, *figures, measured in cursor
            ]
    return found


def in_pieces(days: Sequence[date]) -> Iterator[list[date]]:
    """Days (ascending) that are worked out together."""
    piece: list[date] = []
    for day in days:
        if piece and day - piece[0] >= AT_ONCE:
            yield piece
            piece = []
        piece.append(day)
    if piece:
        yield piece


def replay_query(
    user: Any, currency: str, days: Sequence[date], min_price: Decimal | None = None
) -> tuple[str, dict[str, Any]]:
    """The statement behind a replay and its parameters."""
    carried = max(
        (one.freshness_hours for one in freshness() if one.currency == currency),
        default=0,
    )
    return _about_segments("replay"), {
        **_whose(user, currency),
        **choices_of(user, currency),
        "days": list(days),
        "from": _midnight(min(days) - ceil(carried / 24) * _DAY),
        "until": _midnight(max(days) + _DAY),
        "min_price": to_thousandths(min_price) if min_price else 0,
    }


def choices_of(user: Any, currency: str) -> dict[str, Any]:
    """What the owner decided that their collection's worth depends on."""
    preferences = preferences_of(user)
    return {
        "marketplaces": list(preferences.marketplaces),
        "conditions": list(Condition.values),
        "shares": [preferences.multiplier(one) for one in Condition.values],
        **fee_terms(preferences.fee_profile(currency)),
    }


def _whose(user: Any, currency: str) -> dict[str, Any]:
    return {"owner_id": user.pk, "currency": Currency(currency).value}


def _about_segments(name: str) -> str:
    """A statement about the copies that came and went."""
    return load_sql("inventory", "held_segments") + load_sql("inventory", name)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
