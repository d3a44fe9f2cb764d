"""What every printing's price did over the windows, kept at hand for who asks."""

from __future__ import annotations

import numpy as np
from django.db import connection, transaction

from apps.market.maths.moves import Array, Legs, Moves, moves
from mtgintel.core.bulk import Column, Labels, Numbers, copy_columns, read_columns
from mtgintel.core.constants import WINDOWS, Currency, Finish, Language
from mtgintel.core.sql import load_sql

_LANGUAGE_BITS, _FINISH_BITS = 5, 3
_LEG = {
    "card": ">i4",
    "finish": ">i2",
    "language": ">i2",
    "place": ">i2",
    "stream": ">i2",
    "vendor": ">i2",
    "is_asked": ">i2",
    "price": ">i4",
    **{f"price_{window}": ">i4" for window in WINDOWS},
}
# The columns of each window, and their types on the wire.
_FIGURES = {
    "stream": ">i2",
    "then": ">i4",
    "now": ">i4",
    "median_then": ">i4",
    "median_now": ">i4",
    "stream_count": ">i2",
    "rising": ">i2",
    "falling": ">i2",
}


@transaction.atomic
def update_moves() -> int:
    """Compute all moves anew from the latest prices; how many rows there are.

    Everything at once: what one stream says changes what the others are compared with.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('price moves'))")
        cursor.execute("DELETE FROM price_moves")
        return sum(_store(cursor, currency) for currency in Currency.values)


def _store(cursor: object, currency: str) -> int:
    rows = read_columns(
        cursor, load_sql("market", "legs"), {"currency": currency}, _LEG
    )
    variant = rows["card"].astype(np.int64)
    variant = (variant << _FINISH_BITS) | rows["finish"]
    variant = (variant << _LANGUAGE_BITS) | rows["language"]
    order = np.lexsort((rows["place"], variant))
    rows, variant = rows[order], variant[order]
    legs = Legs(
        variant=variant,
        stream=rows["stream"].astype(np.int32),
        vendor=rows["vendor"].astype(np.int64),
        is_asked=rows["is_asked"] == 1,
        price=rows["price"].astype(np.int32),
    )
    found = {
        window: moves(legs, rows[f"price_{window}"].astype(np.int32))
        for window in WINDOWS
    }
    variants = np.unique(np.concatenate([each.variant for each in found.values()]))
    columns = _columns(currency, variants, found)
    return copy_columns(cursor, "price_moves", columns, len(variants))


def _columns(
    currency: str, variants: Array, found: dict[str, Moves]
) -> dict[str, Column]:
    """One row per variant; a window it has no move over is 0 throughout."""
    languages, finishes = (1 << _LANGUAGE_BITS) - 1, (1 << _FINISH_BITS) - 1
    columns: dict[str, Column] = {
        "currency": Labels(np.zeros(len(variants), np.int64), [currency]),
        "card_id": Numbers(variants >> (_LANGUAGE_BITS + _FINISH_BITS)),
        "finish": Labels((variants >> _LANGUAGE_BITS) & finishes, Finish.values),
        "language": Labels(variants & languages, Language.values),
    }
    for window, each in found.items():
        places = np.searchsorted(variants, each.variant)
        for name, kind in _FIGURES.items():
            values = np.zeros(len(variants), np.int64)
            values[places] = getattr(each, name)
            columns[f"{name}_{window}"] = Numbers(values, kind)
    return columns
