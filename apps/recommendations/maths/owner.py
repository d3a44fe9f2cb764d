"""Advice for what somebody owns: the market's, seen from their side.

Whether a price is likely to rise or fall does not depend on who owns the card; what
following the advice is worth to them does: on what it cost them, on how much of what
they own is in it, and on who pays most for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Reason = dict[str, Any]

# From this share of what somebody owns on, a card is a concentration.
CONCENTRATED = Decimal("0.25")
COST, CONCENTRATION, EXIT = "COST", "CONCENTRATION", "EXIT"
_CENT = Decimal("0.01")
_BASIS_POINT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody a copy can be sold to at `price`: on a marketplace, or to a shop that
    buys. `left` is what that leaves after the owner's fees."""

    name: str
    is_buylist: bool
    price: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Holding:
    """Near Mint English copies of a variant that somebody holds, in one currency.

    `unit_cost` is what a copy cost them on average, None where that is not known of
    all of them. `offers` are where it can be sold today.
    """

    card_id: int
    finish: str
    currency: str
    copies: int
    price: Decimal
    unit_cost: Decimal | None
    offers: tuple[Offer, ...]


def shares(holdings: Sequence[Holding]) -> list[Decimal]:
    """Of each holding in the value of all of them, at market prices."""
    values = [one.copies * one.price for one in holdings]
    total = sum(values, Decimal(0))
    return [value / total if total else Decimal(0) for value in values]


def best_exit(holding: Holding) -> Offer | None:
    """The offer that leaves most for a copy; None without any."""
    return max(holding.offers, key=lambda offer: offer.left, default=None)


def is_for_owner(kind: str, share: Decimal) -> bool:
    """Whether the market's advice is passed on: more of what one has too much of is
    not bought."""
    return kind != "BUY" or share < CONCENTRATED


def own_reasons(holding: Holding, share: Decimal) -> list[Reason]:
    """What the advice means to the owner; numbers are texts, as in maths.reasons."""
    reasons: list[Reason] = []
    offer = best_exit(holding)
    if offer:
        reasons.append(
            {
                "code": EXIT,
                "currency": holding.currency,
                "marketplace": offer.name,
                "is_buylist": offer.is_buylist,
                "price": str(offer.price),
                "left": str(_cents(offer.left)),
            }
        )
        if holding.unit_cost is not None:
            gain = offer.left - holding.unit_cost
            reasons.append(
                {
                    "code": COST,
                    "unit_cost": str(_cents(holding.unit_cost)),
                    "gain": str(_cents(gain)),
                    "copies": holding.copies,
                }
            )
    if share >= CONCENTRATED:
        share_text = str(share.quantize(_BASIS_POINT, ROUND_HALF_UP))
        reasons.append({"code": CONCENTRATION, "share": share_text})
    return reasons


def own_reason_in_words(reason: Mapping[str, Any]) -> str:
    """A sentence of one of them."""
    if reason["code"] == EXIT:
        buyer = reason["marketplace"]
        how = f"{buyer} pays" if reason["is_buylist"] else f"Selling on {buyer} at"
        return (
            f"{how} {reason['price']} {reason['currency']}, which leaves "
            f"{reason['left']} a copy after fees: the best exit today."
        )
    if reason["code"] == COST:
        gain = Decimal(reason["gain"])
        word = "gain" if gain >= 0 else "loss"
        return (
            f"Your {reason['copies']} cost {reason['unit_cost']} each: a {word} of "
            f"{abs(gain)} a copy."
        )
    return f"{100 * Decimal(reason['share']):.0f} % of what you own is in this card."


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
