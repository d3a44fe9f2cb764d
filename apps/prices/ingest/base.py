"""What every adapter yields, and what it does with what it cannot use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.feeds import Reject, Rejects
from mtgintel.core.money import to_thousandths

Array = NDArray[Any]

# Codes of the enums in columns: an index into the declared order.
CONDITIONS = Condition.values
FINISHES = Finish.values
LANGUAGES = Language.values
CONDITION_CODE = {value: i for i, value in enumerate(CONDITIONS)}
FINISH_CODE = {value: i for i, value in enumerate(FINISHES)}
LANGUAGE_CODE = {value: i for i, value in enumerate(LANGUAGES)}

NEAR_MINT = CONDITION_CODE[Condition.NEAR_MINT]

# What stands for an absent value in a column: no price is 0, a quantity may be.
ABSENT_PRICE = 0
ABSENT_COUNT = -1

EXTRA_PRICES = ("price_low", "price_mid", "price_high", "price_market")
EXTRA_COUNTS = ("num_listings", "total_quantity")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Since the Unix epoch; `moment` must be aware."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    return _EPOCH + int(value) * _MICROSECOND


@dataclass(frozen=True, slots=True)
class PriceData:
    """One price as somebody quoted it; `time` is when it held and must be aware."""

    card_id: int
    marketplace_id: int
    price: Decimal
    currency: Currency | str
    time: datetime
    condition: Condition | str = Condition.NEAR_MINT
    finish: Finish | str = Finish.NONFOIL
    language: Language | str = Language.ENGLISH
    price_low: Decimal | None = None
    price_mid: Decimal | None = None
    price_high: Decimal | None = None
    price_market: Decimal | None = None
    num_listings: int | None = None
    total_quantity: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PriceBlock:
    """Prices as columns of equal length.

    `condition`, `finish` and `language` are indexes into the enums' declared order,
    `time` is in microseconds since the Unix epoch, prices are thousandths. An
    optional column is None when no row has it; in a row an absent price is 0, an
    absent count -1. The currency is the marketplace's.
    """

    card_id: Array
    marketplace_id: Array
    condition: Array
    finish: Array
    language: Array
    time: Array
    price: Array
    price_low: Array | None = None
    price_mid: Array | None = None
    price_high: Array | None = None
    price_market: Array | None = None
    num_listings: Array | None = None
    total_quantity: Array | None = None

    def __len__(self) -> int:
        return len(self.card_id)

    @property
    def is_wide(self) -> bool:
        """Whether any optional column is there."""
        return any(
            getattr(self, name) is not None for name in EXTRA_PRICES + EXTRA_COUNTS
        )


COLUMNS = tuple(f.name for f in fields(PriceBlock))


def block_from_prices(
    prices: Iterable[PriceData], currencies: dict[int, str], rejects: Rejects
) -> PriceBlock:
    """Columns from single prices; `currencies` maps a marketplace to its own.

    A price of nothing, in another currency than the marketplace's, or beyond what a
    column holds is rejected.
    """
    rows = []
    for i, data in enumerate(prices):
        reason = _problem(data, currencies)
        if reason is None:
            rows.append(_as_row(data))
        else:
            reject = Reject(reason, position=f"row {i + 1}", raw={"row": repr(data)})
            rejects.add(reject)
    table = np.array(rows, np.int64).reshape(len(rows), len(COLUMNS))
    columns = {
        name: table[:, i].astype(np.int64 if name == "time" else np.int32)
        for i, name in enumerate(COLUMNS)
    }
    return PriceBlock(**columns)


def _problem(data: PriceData, currencies: dict[int, str]) -> str | None:
    if data.marketplace_id not in currencies:
        return "unknown marketplace"
    if currencies[data.marketplace_id] != data.currency:
        return "currency contradicts the marketplace"
    if not data.price.is_finite() or data.price <= 0:
        return "not a price"
    try:
        thousandths = to_thousandths(data.price)
    except OverflowError:
        return "price too large"
    return None if thousandths else "price too small"


def _as_row(data: PriceData) -> list[int]:
    extra = [getattr(data, name) for name in EXTRA_PRICES]
    counts = [getattr(data, name) for name in EXTRA_COUNTS]
    return [
        data.card_id,
        data.marketplace_id,
        CONDITION_CODE[data.condition],
        FINISH_CODE[data.finish],
        LANGUAGE_CODE[data.language],
        microseconds(data.time),
        to_thousandths(data.price),
        *(ABSENT_PRICE if p is None else to_thousandths(p) for p in extra),
        *(ABSENT_COUNT if c is None else c for c in counts),
    ]
