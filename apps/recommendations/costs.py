"""Fees as the maths takes them."""

from __future__ import annotations

from mtgintel.core.fees import FeeProfile, default_profile, purchase_terms, sale_terms
from mtgintel.core.money import SCALE

from .maths.scoring import Costs


def costs_of(profile: FeeProfile) -> Costs:
    bought, sold = purchase_terms(profile), sale_terms(profile)
    return Costs(
        buy_factor=float(bought.factor),
        buy_amount=float(bought.amount * SCALE),
        sell_factor=float(sold.factor),
        sell_amount=float(sold.amount * SCALE),
    )


def default_costs(currency: str) -> Costs:
    """Of somebody who has not said their own; what all advice is scored by."""
    return costs_of(default_profile(currency))
