"""An alert's rule in words."""

from __future__ import annotations

from apps.market.maths.spreads import KINDS as SPREAD_KINDS
from apps.signals.models import SIGNAL_KINDS
from mtgintel.core.constants import Finish
from mtgintel.core.templatetags.figures import label, money_label

from .kinds import CARD, EITHER, PERCENT, PRICE, RECOMMENDATION, SIGNAL, SPREAD, WANT
from .maths.machine import BELOW
from .models import Alert
from .models.rules import SCOPES

_SIGNALS = dict(SIGNAL_KINDS)
_MOVES = {"ABOVE": "up", "BELOW": "down", EITHER: "up or down"}


def rule_text(alert: Alert) -> str:
    """What it waits for, without the card's name where that is shown beside it."""
    return _TEXTS.get(alert.kind, _stale)(alert)


def _where(alert: Alert, otherwise: str) -> str:
    return alert.marketplace.name if alert.marketplace else otherwise


def _variant(alert: Alert) -> str:
    said = [alert.condition, alert.finish]
    if alert.card is not None and alert.language != alert.card.language:
        said.append(alert.language)
    plain = Finish.NONFOIL
    return ", ".join(label(one).lower() for one in said if one and one != plain)


def _number(alert: Alert) -> str:
    return f"{alert.threshold.normalize():f}" if alert.threshold is not None else "–"


def _price(alert: Alert) -> str:
    bound = "at or below" if alert.direction == BELOW else "at or above"
    amount = alert.threshold and money_label(alert.threshold, alert.currency)
    where = _where(alert, "the cheapest live offer")
    return f"{bound} {amount} ({_variant(alert)}; {where})"


def _percent(alert: Alert) -> str:
    where = _where(alert, "the preferred stream")
    return (
        f"{_MOVES[alert.direction]} by {_number(alert)} % in {alert.window} "
        f"({_variant(alert)}; {where}, {alert.currency})"
    )


def _spread(alert: Alert) -> str:
    kind = SPREAD_KINDS[alert.spread_kind].lower()
    return f"{kind} leaves {_number(alert)} % after your fees ({alert.currency})"


def _about(alert: Alert) -> str:
    if alert.scope == CARD:
        return ""
    return f" on {dict(SCOPES)[alert.scope].lower()}"


def _signal(alert: Alert) -> str:
    kind = _SIGNALS.get(alert.signal_kind, "any signal").lower()
    return f"{kind} of strength {_number(alert)}{_about(alert)} ({alert.currency})"


def _advice(alert: Alert) -> str:
    kind = f" to {alert.advice_kind.lower()}" if alert.advice_kind else ""
    return f"new advice{kind}{_about(alert)} ({alert.currency})"


def _want(alert: Alert) -> str:
    return "a line of your want list reaches its target"


def _stale(alert: Alert) -> str:
    limit = "its limit" if alert.threshold is None else f"{_number(alert)} hours"
    return f"{_where(alert, 'a stream')} is silent for longer than {limit}"


_TEXTS = {
    PRICE: _price,
    PERCENT: _percent,
    SPREAD: _spread,
    SIGNAL: _signal,
    RECOMMENDATION: _advice,
    WANT: _want,
}
