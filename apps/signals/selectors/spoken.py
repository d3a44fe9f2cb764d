"""What the stored signals of some days spoke for, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from apps.signals.maths.detectors import KINDS
from apps.signals.maths.outcomes import Spoken, variant_numbers
from mtgintel.core.bulk import read_columns
from mtgintel.core.constants import Finish
from mtgintel.core.money import SCALE
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

_EPOCH = date(2000, 1, 1)
_COLUMNS = {
    "day": ">i4",
    "kind": ">i4",
    "version": ">i2",
    "direction": ">i2",
    "card": ">i4",
    "finish": ">i4",
    "marketplace": ">i4",
    "price": ">i4",
}


class SpokenSignals:
    """The signals of a currency, some days and a range of cards that have a direction;
    `kind` is the place of it among KINDS."""

    def __init__(self, currency: str, days: Sequence[date], cards: range) -> None:
        with connection.cursor() as cursor:
            self._rows = read_columns(
                cursor,
                load_sql("signals", "spoken_signals"),
                {
                    "currency": currency,
                    "days": list(days),
                    "first_card": cards.start,
                    "last_card": cards.stop - 1,
                    "kinds": list(KINDS),
                    "finishes": Finish.values,
                },
                _COLUMNS,
            )

    def of(self, day: date) -> Spoken:
        rows = self._rows[self._rows["day"] == (day - _EPOCH).days]
        return Spoken(
            variant=variant_numbers(_whole(rows["card"]), _whole(rows["finish"])),
            marketplace=_whole(rows["marketplace"]),
            price=rows["price"] / SCALE,
            kind=_whole(rows["kind"]),
            version=_whole(rows["version"]),
            direction=_whole(rows["direction"]),
        )


def _whole(values: Any) -> Any:
    return values.astype(np.int64)
