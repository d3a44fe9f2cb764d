"""Change over a window, the one way it is computed everywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTH = Decimal("0.01")


def percent_change(then: Decimal | None, now: Decimal | None) -> Decimal | None:
    """100 * (now - then) / then in percent, two decimals: 10 -> 20 is +100.

    Zero is a value. Null when either end is missing, or `then` is not positive.
    """
    if then is None or now is None or then <= 0:
        return None
    return (100 * (now - then) / then).quantize(_HUNDREDTH, ROUND_HALF_UP)
