"""What complete sets cost: now, over time, and which of their cards it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from apps.cards.models import CardSet
from apps.market.indices import set_slug
from apps.market.models import SetValue
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import PERIODS, WINDOWS, Currency
from mtgintel.core.money import from_thousandths
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

_EXACT = Decimal("0.000001")
_RATIO = Decimal("0.0001")
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuedSet:
    """A set, and what its cards cost in one currency on `day`, the newest known.

    `value` sums the prices of the `priced` of its `cards`, of which `carried` were last
    seen up to two days with prices before; `foil_value` those of `foil_priced` of its
    `foil_cards` foils. Changes, in percent, are of cards priced on both of two days;
    None where they were too few. `since` is the day from which on there is no such gap.
    """

    set_id: int
    code: str
    name: str
    set_type: str
    released_on: date | None
    is_digital: bool
    currency: str
    day: date
    value: Decimal
    cards: int
    priced: int
    carried: int
    since: date
    change_1d: Decimal | None
    change_7d: Decimal | None
    change_30d: Decimal | None
    change_90d: Decimal | None
    foil_value: Decimal | None
    foil_cards: int
    foil_priced: int

    @property
    def coverage_ratio(self) -> Decimal:
        return coverage(self.priced, self.cards)

    @property
    def index_slug(self) -> str:
        return set_slug(self.code)

    @property
    def type_name(self) -> str:
        """draft_innovation -> Draft innovation"""
        return self.set_type.replace("_", " ").capitalize()


def coverage(priced: int, cards: int) -> Decimal:
    """The share of a set's cards that have a price."""
    return (Decimal(priced) / cards).quantize(_RATIO) if cards else Decimal(0)


def valued_sets(currency: str = Currency.USD) -> list[ValuedSet]:
    """The sets that have a value, the newest first."""
    return cache.get_or_compute(
        f"market.valued-sets:{currency}",
        lambda: _valued(currency, None),
        scope=cache.of_currency(currency),
    )


def valued_set(code: str, currency: str = Currency.USD) -> ValuedSet | None:
    """One of them; None for a set without prices in the currency."""
    found = _valued(currency, code)
    return found[0] if found else None


def _valued(currency: str, code: str | None) -> list[ValuedSet]:
    asked: dict[str, Any] = {"currency": currency, "code": code}
    for window in WINDOWS.values():
        asked[f"length_{window.name}"] = window.length.days
        asked[f"oldest_{window.name}"] = (window.length + window.tolerance).days
    with connection.cursor() as cursor:
        cursor.execute(load_sql("market", "set_values"), asked)
        return [_valued_set(currency, row) for row in cursor.fetchall()]


def _valued_set(currency: str, row: tuple[Any, ...]) -> ValuedSet:
    (set_id, code, name, set_type, released_on, is_digital) = row[:6]
    (day, value, cards, priced, carried, since, level) = row[6:13]
    levels, (foil_value, foil_cards, foil_priced) = row[13:17], row[17:]
    return ValuedSet(
        set_id=set_id,
        code=code,
        name=name,
        set_type=set_type,
        released_on=released_on,
        is_digital=is_digital,
        currency=currency,
        day=day,
        value=from_thousandths(value),
        cards=cards,
        priced=priced,
        carried=carried,
        since=since,
        foil_value=None if foil_value is None else from_thousandths(foil_value),
        foil_cards=foil_cards or 0,
        foil_priced=foil_priced or 0,
        **{
            f"change_{name}": _change(then, level)
            for name, then in zip(WINDOWS, levels, strict=True)
        },
    )


def _change(then: float | None, now: float) -> Decimal | None:
    return None if then is None else percent_change(_decimal(then), _decimal(now))


def _decimal(level: float) -> Decimal:
    return Decimal(level).quantize(_EXACT, ROUND_HALF_UP)


# What a list of sets can be ordered by: of a set, None for what it has none of.
_KEYS: dict[str, Callable[[ValuedSet], Any]] = {
    "value": lambda one: one.value,
    "foil_value": lambda one: one.foil_value,
    "change_1d": lambda one: one.change_1d,
    "change_7d": lambda one: one.change_7d,
    "change_30d": lambda one: one.change_30d,
    "change_90d": lambda one: one.change_90d,
    "released": lambda one: one.released_on,
    "cards": lambda one: one.cards,
    "coverage": lambda one: one.coverage_ratio,
    "name": lambda one: one.name.casefold(),
}
# A leading minus is the largest first.
SET_ORDERINGS = tuple(f"{sign}{key}" for key in _KEYS for sign in ("-", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsQuery:
    """Which sets; an empty value leaves that question open. `q` is part of a name, or
    a code; `min_coverage` is in percent of a set's cards, `min_value` what they cost at
    least."""

    currency: str = "USD"
    q: str = ""
    type: str = ""
    year: int | None = None
    min_coverage: int = 0
    min_value: Decimal = _NOTHING
    ordering: str = "-released"


def find_sets(wanted: SetsQuery) -> list[ValuedSet]:
    """The sets that are asked for, in order; what has no such figure comes last."""
    text = wanted.q.strip().casefold()
    found = [
        one
        for one in valued_sets(wanted.currency)
        if (not text or text in one.name.casefold() or text == one.code)
        and wanted.type in ("", one.set_type)
        and wanted.year in (None, one.released_on.year if one.released_on else 0)
        and 100 * one.coverage_ratio >= wanted.min_coverage
        and one.value >= wanted.min_value
    ]
    key = _KEYS[wanted.ordering.removeprefix("-")]
    known = [one for one in found if key(one) is not None]
    known.sort(key=key, reverse=wanted.ordering.startswith("-"))
    return [*known, *(one for one in found if key(one) is None)]


def set_types(currency: str) -> list[str]:
    """The types of the sets that have a value."""
    return sorted({one.set_type for one in valued_sets(currency) if one.set_type})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPoint:
    """A day of a set: what was seen, and what it is worth beside other days.

    `value` is the sum of the prices that were known. `like_for_like` is the newest
    value of the unbroken stretch that began on `since`, taken back to the day by what
    the same cards did in the same streams: what joins or leaves does not move it.
    """

    day: date
    value: Decimal
    like_for_like: Decimal
    cards: int
    priced: int
    carried: int
    since: date

    @property
    def coverage_ratio(self) -> Decimal:
        return coverage(self.priced, self.cards)


def set_curves(
    codes: Iterable[str],
    currency: str = Currency.USD,
    start: date | None = None,
    *,
    is_foil: bool = False,
) -> dict[str, list[SetPoint]]:
    """{code: its days from `start` on, oldest first}; empty lists for sets without."""
    rows = SetValue.objects.filter(
        card_set__code__in=list(codes), currency=currency, is_foil=is_foil
    )
    if start:
        rows = rows.filter(day__gte=start)
    found: dict[str, list[tuple[Any, ...]]] = {code: [] for code in codes}
    for code, *figures in rows.order_by("day").values_list(
        *("card_set__code", "day", "value", "cards", "priced", "carried"),
        *("since", "level"),
    ):
        found[code].append(tuple(figures))
    return {code: _points(figures) for code, figures in found.items()}


def _points(rows: Sequence[tuple[Any, ...]]) -> list[SetPoint]:
    """`rows` reach up to the newest day: the last of a stretch is its newest."""
    newest = {since: (value, level) for _, value, *_, since, level in rows}
    points = []
    for day, value, cards, priced, carried, since, level in rows:
        last_value, last_level = newest[since]
        points.append(
            SetPoint(
                day=day,
                value=from_thousandths(value),
                like_for_like=from_thousandths(round(last_value * level / last_level)),
                cards=cards,
                priced=priced,
                carried=carried,
                since=since,
            )
        )
    return points


def sets_of(codes: Iterable[str]) -> dict[str, CardSet]:
    """{code: its set}, in the order of the codes; unknown ones are left out."""
    wanted = list(codes)
    found = {one.code: one for one in CardSet.objects.filter(code__in=wanted)}
    return {code: found[code] for code in wanted if code in found}


def neighbours(card_set: CardSet, currency: str, limit: int = 4) -> list[ValuedSet]:
    """The sets of its type that were released nearest to it, the newest first."""
    released = card_set.released_on
    if released is None:
        return []
    alike = [
        one
        for one in valued_sets(currency)
        if one.set_type == card_set.set_type
        and one.released_on
        and one.code != card_set.code
    ]
    alike.sort(key=lambda one: abs((one.released_on or released) - released))
    return sorted(alike[:limit], key=lambda one: one.released_on or released)[::-1]


def set_of(code: str) -> CardSet | None:
    """The set of a code, in any case; None if there is none."""
    # PostgreSQL takes no NUL, not even to compare with.
    if not code.isprintable():
        return None
    return CardSet.objects.filter(code=code.lower()).first()


def period_start(period: str) -> date | None:
    """The first day of a period that ends today; None for all there is."""
    length: timedelta | None = PERIODS[period]
    return timezone.now().astimezone(UTC).date() - length if length else None
