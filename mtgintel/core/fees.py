"""What trading costs: fees and shipping between two prices and what one really earns.

    profile = default_profile("USD")
    cost(Decimal(10), 4, profile)            what four cards at 10.00 cost to get
    net_proceeds(Decimal(15), 4, profile)    what selling them at 15.00 brings in
    net_return(Decimal(10), Decimal(15), profile)    the gain in percent

Pure, without Django. Amounts are of one currency, that of the profile; results are
rounded once, half up, to the thousandth that prices are kept in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .changes import percent_change

_THOUSANDTH = Decimal("0.001")
_HUNDRED = Decimal(100)


class FeeError(ValueError):
    """A fee that cannot be; `field` is its name in FeeProfile."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True, slots=True)
class FeeField:
    """How one fee is asked for, by whoever lets people edit them: a form, an API."""

    label: str
    about: str
    minimum: Decimal
    maximum: Decimal
    decimals: int


def _percent(label: str, about: str) -> FeeField:
    return FeeField(label, about, Decimal(0), Decimal("99.99"), 2)


def _amount(label: str, about: str) -> FeeField:
    return FeeField(label, about, Decimal(0), Decimal(1000), 3)


FEE_FIELDS: dict[str, FeeField] = {
    "sell_percent": _percent(
        "Selling fee, %", "Of the price, for the marketplace and the payment."
    ),
    "sell_fixed": _amount("Selling fee, fixed", "Per order sold on a marketplace."),
    "buy_percent": _percent(
        "Buying fee, %", "Of the price: service fees of a marketplace, sales tax."
    ),
    "shipping_in": _amount("Shipping in", "Paid for each order one buys."),
    "shipping_out": _amount("Shipping out", "Paid for each order one sends."),
    "units_per_order": FeeField(
        "Cards per order",
        "Share one order's shipping and fixed fee between them.",
        Decimal(1),
        Decimal(10_000),
        0,
    ),
    "credit_multiplier": FeeField(
        "Buylist credit, ×",
        "What a shop's offer is worth: 1 in cash, 1.3 with 30 % more as credit.",
        Decimal("0.01"),
        Decimal(5),
        3,
    ),
    "exchange_percent": _percent(
        "Exchange fee, %", "Of what is changed into another currency."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeProfile:
    """What somebody pays when they trade; percents of the price, amounts per order.

    Every card bears its share of an order: a `units_per_order`-th of the shipping and
    of the fixed fee. A shop that buys (a buylist) takes no selling fee; its offer
    counts `credit_multiplier` times. Raises FeeError for a value outside FEE_FIELDS.
    """

    sell_percent: Decimal = Decimal(0)
    sell_fixed: Decimal = Decimal(0)
    buy_percent: Decimal = Decimal(0)
    shipping_in: Decimal = Decimal(0)
    shipping_out: Decimal = Decimal(0)
    units_per_order: int = 1
    credit_multiplier: Decimal = Decimal(1)
    exchange_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        for field in fields(self):
            _require(field.name, getattr(self, field.name))


def _require(name: str, value: Any) -> None:
    """Raise FeeError unless `value` is a finite number within the field's bounds."""
    asked = FEE_FIELDS[name]
    kind = Decimal if asked.decimals else int
    if not isinstance(value, kind) or isinstance(value, bool):
        raise FeeError(name, f"{value!r} is no {kind.__name__}.")
    if not Decimal(value).is_finite():
        raise FeeError(name, f"{value} is no number.")
    if not asked.minimum <= value <= asked.maximum:
        message = f"{value} is not between {asked.minimum} and {asked.maximum}."
        raise FeeError(name, message)


NO_FEES = FeeProfile()

# Assumptions, to be replaced by one's own figures. USD: a seller's fee and payment fee
# of 10.25 % + 2.5 % + 0.30 as the largest American marketplace takes. EUR: the 5 %
# commission of the largest European one. Both: tracked shipping, ten cards an order,
# an exchange at a bank's card rate. Tickets change hands inside the game, without fees.
DEFAULT_PROFILES: dict[str, FeeProfile] = {
    "USD": FeeProfile(
        sell_percent=Decimal("12.75"),
        sell_fixed=Decimal("0.30"),
        shipping_in=Decimal("4.00"),
        shipping_out=Decimal("4.00"),
        units_per_order=10,
        exchange_percent=Decimal(1),
    ),
    "EUR": FeeProfile(
        sell_percent=Decimal(5),
        shipping_in=Decimal("4.00"),
        shipping_out=Decimal("4.00"),
        units_per_order=10,
        exchange_percent=Decimal(1),
    ),
    "TIX": NO_FEES,
}


def default_profile(currency: str) -> FeeProfile:
    """The profile of somebody who has not said their own. Raises KeyError."""
    return DEFAULT_PROFILES[currency]


def edited(profile: FeeProfile, values: Mapping[str, Any]) -> FeeProfile:
    """`profile` with those fees of `values` that are given (not None).

    Names that are no fee are ignored. Raises FeeError.
    """
    own = {name: getattr(profile, name) for name in FEE_FIELDS}
    given = {name: values[name] for name in own if values.get(name) is not None}
    return FeeProfile(**own | given)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price becomes per card: `factor` × price + `amount`."""

    factor: Decimal
    amount: Decimal

    def of(self, price: Decimal, quantity: int = 1) -> Decimal:
        total = quantity * (self.factor * price + self.amount)
        return total.quantize(_THOUSANDTH, ROUND_HALF_UP)


def purchase_terms(profile: FeeProfile, *, is_exchanged: bool = False) -> Terms:
    """What buying at a price costs; `is_exchanged` when it is in another currency."""
    exchange = profile.exchange_percent if is_exchanged else Decimal(0)
    factor = (1 + profile.buy_percent / _HUNDRED) * (1 + exchange / _HUNDRED)
    return Terms(factor, profile.shipping_in / profile.units_per_order)


def sale_terms(
    profile: FeeProfile, *, to_buylist: bool = False, is_exchanged: bool = False
) -> Terms:
    """What selling at a price brings in, on a marketplace or to a shop that buys."""
    factor, per_order = profile.credit_multiplier, profile.shipping_out
    if not to_buylist:
        factor = 1 - profile.sell_percent / _HUNDRED
        per_order += profile.sell_fixed
    if is_exchanged:
        factor *= 1 - profile.exchange_percent / _HUNDRED
    return Terms(factor, -per_order / profile.units_per_order)


def cost(price: Decimal, quantity: int, profile: FeeProfile) -> Decimal:
    """What `quantity` cards at `price` cost with fees and shipping."""
    return purchase_terms(profile).of(price, quantity)


def net_proceeds(
    price: Decimal, quantity: int, profile: FeeProfile, *, to_buylist: bool = False
) -> Decimal:
    """What selling `quantity` cards at `price` leaves; below 0 where fees are more."""
    return sale_terms(profile, to_buylist=to_buylist).of(price, quantity)


def net_return(
    bought_at: Decimal,
    sold_at: Decimal,
    profile: FeeProfile,
    *,
    to_buylist: bool = False,
) -> Decimal | None:
    """The gain in percent of the cost per card, two decimals; None if it cost nothing.

    Below -100 where sending a card costs more than it brings.
    """
    paid = purchase_terms(profile).of(bought_at)
    return percent_change(paid, sale_terms(profile, to_buylist=to_buylist).of(sold_at))
