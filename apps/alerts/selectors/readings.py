"""What alerts see now: one statement or two for everybody's alerts of a kind.

Nothing is read here that is stale, out of stock, doubted, set by hand or estimated: an
alert on such a value has no reading, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.alerts.kinds import (
    PERCENT,
    PRICE,
    RECOMMENDATION,
    SIGNAL,
    SPREAD,
    STALE,
    WANT,
)
from apps.alerts.maths.machine import ABOVE, Reading, Rule, Watch
from apps.inventory.selectors.offers import as_parameters, buying_streams, live_streams
from apps.inventory.selectors.wants import Offer, WantLine, wants_with_targets
from apps.market.maths.spreads import terms, trade
from apps.prices.selectors import freshness
from apps.settings.models import UserPreferences
from apps.settings.selectors import DEFAULTS, Preferences
from apps.settings.selectors.preferences import as_preferences
from mtgintel.core.constants import WINDOWS, Side
from mtgintel.core.money import from_thousandths
from mtgintel.core.sql import load_sql

# Signals are of whole days: older than yesterday's and the day's before they are stale.
SIGNAL_DAYS = 2
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Observed:
    """Something an alert watches, how it stands, and what is seen of it.

    The reading is of when it was read, a signal's of its day; `as_of` is when its value
    was observed. `what` says more by kind: a condition, a kind of signal, a kind of
    advice and its days.
    """

    alert_id: int
    owner_id: int
    version: int
    subject: str
    rule: Rule
    is_snoozed: bool
    watch: Watch
    reading: Reading
    as_of: datetime | None = None
    card_id: int | None = None
    finish: str | None = None
    what: str | None = None
    marketplace_id: int | None = None
    currency: str = ""


def readings(kind: str, owner_id: int | None = None) -> Iterator[Observed]:
    """Of everybody's alerts of a kind that are not paused, or of one person's."""
    return _READERS[kind](owner_id)


def _rows(
    statement: str, owner_id: int | None, **parameters: Any
) -> list[tuple[Any, ...]]:
    who = "" if owner_id is None else "AND a.owner_id = %(owner_id)s"
    with connection.cursor() as cursor:
        cursor.execute(
            statement.replace("{who}", who), parameters | {"owner_id": owner_id}
        )
        return cursor.fetchall()


_HEAD = 12


def _observed(row: tuple[Any, ...], now: datetime | None = None) -> Observed:
    """A row whose columns are a head, a value, its moment, and what it is of; read
    `now`, or else at the moment of the value."""
    value, as_of, *about = row[_HEAD:]
    return _headed(row, Reading(value, now or as_of), as_of, *about)


def _headed(row: tuple[Any, ...], reading: Reading, *about: Any) -> Observed:
    alert_id, owner_id, subject, direction, threshold, hysteresis, repeats = row[:7]
    is_snoozed, version, state, crossing, seen_at = row[7:_HEAD]
    return Observed(
        alert_id,
        owner_id,
        version,
        subject,
        Rule(threshold, direction, hysteresis, repeats),
        is_snoozed,
        Watch(state, crossing, seen_at),
        reading,
        *about,
    )


def _live() -> dict[str, Any]:
    """Every live stream; an offer is what one may buy at, or what stands in for it."""
    buying = {one.id for one in buying_streams()}
    live = live_streams()
    return as_parameters(live) | {"are_offers": [one.id in buying for one in live]}


def _prices(owner_id: int | None) -> Iterator[Observed]:
    statement = load_sql("inventory", "live_prices") + load_sql(
        "alerts", "price_readings"
    )
    now = timezone.now()
    rows = _rows(statement, owner_id, **_live())
    return (_observed(row, now) for row in rows)


def _moves(owner_id: int | None) -> Iterator[Observed]:
    statement = load_sql("inventory", "live_prices") + load_sql(
        "alerts", "percent_readings"
    )
    reach = [(one.length + one.tolerance).days for one in WINDOWS.values()]
    windows = {"windows": list(WINDOWS), "reach_days": reach}
    now = timezone.now()
    rows = _rows(statement, owner_id, **windows, **_live())
    return (_observed(row, now) for row in rows)


def _spreads(owner_id: int | None) -> Iterator[Observed]:
    """The best gap of each alert after its owner's fees. Without any gap it is gone;
    with none but stale ones nothing is known."""
    now = timezone.now()
    rows = _rows(load_sql("alerts", "spread_readings"), owner_id, now=now)
    fees = _preferences({row[1] for row in rows})
    for _, group in groupby(rows, key=lambda row: row[0]):
        gaps = list(group)
        found = _best_gap(gaps, fees.get(gaps[0][1], DEFAULTS), now)
        if found is not None:
            yield found


def _best_gap(
    gaps: list[tuple[Any, ...]], preferences: Preferences, now: datetime
) -> Observed | None:
    head = gaps[0]
    card_id, currency, kind = head[_HEAD : _HEAD + 3]
    about = {"card_id": card_id, "currency": currency}
    if head[_HEAD + 5] is None:
        return replace(_headed(head, Reading(None, now)), **about)
    profile = preferences.fee_profile(currency)
    nets = []
    for gap in gaps:
        finish, condition, ask, bid, seen, marketplace_id, side, is_fresh = gap[15:]
        if not is_fresh:
            continue
        costs, earns = terms(kind, profile, to_buylist=side == Side.BUYLIST)
        prices = from_thousandths(ask), from_thousandths(bid)
        net = trade(costs, earns, *prices, None).net_percent
        if net is not None:
            nets.append((net, seen, finish, condition, marketplace_id))
    if not nets:
        return None
    net, seen, finish, condition, marketplace_id = max(nets, key=lambda one: one[0])
    return replace(
        _headed(head, Reading(net, now), seen),
        **about,
        finish=finish,
        what=condition,
        marketplace_id=marketplace_id,
    )


def _preferences(user_ids: Iterable[int]) -> dict[int, Preferences]:
    rows = UserPreferences.objects.filter(user_id__in=list(user_ids))
    return {row.user_id: as_preferences(row) for row in rows}


def _signals(owner_id: int | None) -> Iterator[Observed]:
    since = timezone.now().date() - timedelta(days=SIGNAL_DAYS)
    watched = load_sql("alerts", "watched_cards")
    found = watched + load_sql("alerts", "signal_readings")
    gone = load_sql("alerts", "gone_signals")
    rows = _rows(found, owner_id, kind=SIGNAL, since=since)
    return map(_observed, rows + _rows(gone, owner_id, since=since))


def _advice(owner_id: int | None) -> Iterator[Observed]:
    watched = load_sql("alerts", "watched_cards")
    statement = watched + load_sql("alerts", "advice_readings")
    rows = _rows(statement, owner_id, kind=RECOMMENDATION)
    return map(_observed, rows)


def _wants(owner_id: int | None) -> Iterator[Observed]:
    """Every line with a target and an offer, for each want-list alert of its owner."""
    rows = _rows(load_sql("alerts", "watches_of_kind"), owner_id, kind=WANT)
    known = {(row[0], row[2]): row for row in rows}
    alerts, now = {row[0]: row for row in rows}, timezone.now()
    lines: dict[int, list[WantLine]] = {}
    for line in wants_with_targets(list({row[1] for row in rows})):
        lines.setdefault(line.owner_id, []).append(line)
    streams = {one.slug: one.id for one in live_streams()}
    for alert_id, row in alerts.items():
        for line in lines.get(row[1], ()):
            subject = f"want:{line.id}"
            head = known.get((alert_id, subject), _untouched(row, subject))
            if line.offer is not None:
                yield _wanted(head, line, line.offer, streams, now)


def _untouched(row: tuple[Any, ...], subject: str) -> tuple[Any, ...]:
    """The same alert about something it has not fired for yet."""
    return (*row[:2], subject, *row[3:9], "ARMED", 0, None)


def _wanted(
    head: tuple[Any, ...],
    line: WantLine,
    offer: Offer,
    streams: dict[str, int],
    now: datetime,
) -> Observed:
    """The line's target is the alert's threshold."""
    return _headed(
        (*head[:4], line.target_price, *head[5:]),
        Reading(offer.price, now),
        *(offer.as_of, offer.card_id, offer.finish, offer.condition),
        *(streams.get(offer.marketplace), line.currency),
    )


def _stale(owner_id: int | None) -> Iterator[Observed]:
    """How many hours old the newest price of a stream is, as of now."""
    now = timezone.now()
    streams = {one.marketplace_id: one for one in freshness()}
    for row in _rows(load_sql("alerts", "watches_of_kind"), owner_id, kind=STALE):
        stream = streams.get(row[_HEAD])
        if stream is None or stream.as_of is None:
            continue
        hours = round(Decimal((now - stream.as_of) / _HOUR), 1)
        seen = _headed(row, Reading(hours, now), stream.as_of)
        limit = seen.rule.threshold or Decimal(stream.freshness_hours)
        rule = replace(seen.rule, threshold=limit, direction=ABOVE)
        yield replace(seen, rule=rule, marketplace_id=stream.marketplace_id)


_READERS: dict[str, Callable[[int | None], Iterator[Observed]]] = {
    PRICE: _prices,
    PERCENT: _moves,
    SPREAD: _spreads,
    SIGNAL: _signals,
    RECOMMENDATION: _advice,
    WANT: _wants,
    STALE: _stale,
}
