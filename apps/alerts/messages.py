"""What a firing says: one sentence with the number, its source and its bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.cards.models import Card
from apps.market.maths.spreads import KINDS as SPREAD_KINDS
from apps.prices.models import Marketplace
from apps.signals.models import SIGNAL_KINDS
from mtgintel.core.constants import Finish
from mtgintel.core.templatetags.figures import change_label, label, money_label

from .kinds import EITHER, PERCENT, PRICE, RECOMMENDATION, SIGNAL, SPREAD, STALE, WANT
from .maths.machine import BELOW
from .models import Alert
from .selectors.readings import Observed

_SIGNALS = dict(SIGNAL_KINDS)


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of firings are called."""

    cards: Mapping[int, Card]
    streams: Mapping[int, Marketplace]

    def card(self, seen: Observed) -> str:
        card = self.cards.get(seen.card_id or 0)
        if card is None:
            return "A card"
        place = f"{card.set_code.upper()} {card.collector_number}".strip()
        plain = seen.finish in (None, Finish.NONFOIL)
        finish = "" if plain else f", {label(seen.finish or '').lower()}"
        return f"{card.name} ({place}{finish})"

    def stream(self, seen: Observed) -> str:
        stream = self.streams.get(seen.marketplace_id or 0)
        return stream.name if stream else "a shop"


def title_of(alert: Alert, seen: Observed, names: Names) -> str:
    """At most 400 characters."""
    return _SENTENCES[alert.kind](alert, seen, names)[:400]


def _bound(alert: Alert) -> str:
    return "at or below" if alert.direction == BELOW else "at or above"


def _value(seen: Observed) -> Decimal:
    return seen.reading.value or Decimal(0)


def _price(alert: Alert, seen: Observed, names: Names) -> str:
    now = money_label(_value(seen), seen.currency)
    bound = money_label(seen.rule.threshold, seen.currency)
    return (
        f"{names.card(seen)} is {now} at {names.stream(seen)}, {_bound(alert)} {bound}"
    )


def _percent(alert: Alert, seen: Observed, names: Names) -> str:
    moved = _value(seen)
    how = f"{moved}%" if alert.direction == EITHER else change_label(moved)
    verb = "moved" if alert.direction == EITHER else "is"
    return (
        f"{names.card(seen)} {verb} {how} in {alert.window} at {names.stream(seen)}; "
        f"you asked for {abs(seen.rule.threshold).normalize():f} %"
    )


def _spread(alert: Alert, seen: Observed, names: Names) -> str:
    kind = SPREAD_KINDS[alert.spread_kind].lower()
    return (
        f"{names.card(seen)}: {kind} leaves {change_label(_value(seen))} after your "
        f"fees, selling at {names.stream(seen)}"
    )


def _signal(alert: Alert, seen: Observed, names: Names) -> str:
    kind = _SIGNALS.get(seen.what or "", "a signal")
    return (
        f"{names.card(seen)}: {kind.lower()} of strength {_value(seen)} in "
        f"{seen.currency}"
    )


def _advice(alert: Alert, seen: Observed, names: Names) -> str:
    kind, _, days = (seen.what or "").partition(" ")
    return (
        f"{names.card(seen)}: new advice to {kind.lower()}, {days} days, in "
        f"{seen.currency}, confidence {_value(seen):.0%}"
    )


def _want(alert: Alert, seen: Observed, names: Names) -> str:
    now = money_label(_value(seen), seen.currency)
    target = money_label(seen.rule.threshold, seen.currency)
    return (
        f"{names.card(seen)} on your want list is {now} at {names.stream(seen)}; your "
        f"target is {target}"
    )


def _stale(alert: Alert, seen: Observed, names: Names) -> str:
    return (
        f"{names.stream(seen)} has brought nothing new for {_value(seen):.0f} hours; "
        f"the limit is {seen.rule.threshold:.0f}"
    )


_SENTENCES = {
    PRICE: _price,
    PERCENT: _percent,
    SPREAD: _spread,
    SIGNAL: _signal,
    RECOMMENDATION: _advice,
    WANT: _want,
    STALE: _stale,
}
