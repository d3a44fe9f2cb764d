"""What can be waited for, and what has to be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

PRICE, PERCENT, SPREAD = "PRICE", "PERCENT", "SPREAD"
SIGNAL, RECOMMENDATION, WANT, STALE = "SIGNAL", "RECOMMENDATION", "WANT", "STALE"
EITHER = "EITHER"
CARD, OWNED, WANTED, BOTH = "CARD", "OWNED", "WANTED", "BOTH"

# Whatever is waited for.
COMMON = ("name", "repeats", "by_mail", "by_webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of alert: the `fields` it has beside COMMON, those it must have, and the
    bounds of its threshold, which is in `unit`. `is_single`: it watches one value."""

    label: str
    about: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    unit: str = ""
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    is_single: bool = True


_VARIANT = ("card", "finish", "condition", "language", "marketplace", "currency")
KINDS = {
    PRICE: Kind(
        label="Price level",
        about="A price rises or falls to an amount: in one stream, or the cheapest "
        "live offer.",
        fields=(*_VARIANT, "direction", "threshold", "hysteresis_percent"),
        required=("card", "direction", "threshold"),
        unit="amount",
        least=Decimal("0.001"),
        most=Decimal(2_000_000),
    ),
    PERCENT: Kind(
        label="Price move",
        about="A price is so many percent above or below what it was a window ago, in "
        "the same stream.",
        fields=(*_VARIANT, "window", "direction", "threshold", "hysteresis_percent"),
        required=("card", "window", "direction", "threshold"),
        unit="percent",
        least=Decimal("0.1"),
        most=Decimal(10_000),
    ),
    SPREAD: Kind(
        label="Spread",
        about="Buying in one place and selling in another leaves so many percent, "
        "after your own fees.",
        fields=(
            *("card", "finish", "condition", "currency", "spread_kind", "threshold"),
            "hysteresis_percent",
        ),
        required=("card", "spread_kind", "threshold"),
        unit="percent",
        least=Decimal(-100),
        most=Decimal(10_000),
    ),
    SIGNAL: Kind(
        label="Signal",
        about="A signal of some strength is found in a card's prices.",
        fields=(
            *("scope", "card", "finish", "currency", "signal_kind", "threshold"),
            *("min_confidence", "hysteresis_percent"),
        ),
        required=("scope", "threshold"),
        unit="strength",
        most=Decimal(1),
        is_single=False,
    ),
    RECOMMENDATION: Kind(
        label="Recommendation",
        about="There is new advice on a card you own or want.",
        fields=("scope", "card", "currency", "advice_kind", "min_confidence"),
        required=("scope",),
        is_single=False,
    ),
    WANT: Kind(
        label="Want list",
        about="The cheapest live offer for a line of your want list is at its target.",
        fields=("hysteresis_percent",),
        required=(),
        is_single=False,
    ),
    STALE: Kind(
        label="Stale stream",
        about="A price stream has brought nothing new for longer than it should.",
        fields=("marketplace", "threshold"),
        required=("marketplace",),
        unit="hours",
        least=Decimal(1),
        most=Decimal(8_760),
    ),
}
CHOICES = [(name, kind.label) for name, kind in KINDS.items()]
# Every field that some kind has.
RULE_FIELDS = tuple(
    dict.fromkeys(field for kind in KINDS.values() for field in kind.fields)
)
