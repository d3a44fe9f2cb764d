"""The columns of the training data: their types, units and meanings, in one place.

docs/research-export.md has the same table for people, and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from mtgintel.core.constants import WINDOWS

# Over which windows the future is told.
LATER: Final = ("7d", "30d", "90d")
# Volatility and trend look back so many days, and want so many returns or prices.
WINDOW_DAYS: Final = 30
MINIMUM: Final = 10
# What other streams say is worth comparing for so many days.
HELD_DAYS: Final = 3

TEXT: Final = pa.dictionary(pa.int32(), pa.string())
MONEY: Final = pa.decimal128(12, 3)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the export: its type, what it counts in, and what it says."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    is_nullable: bool


def _given(name: str, kind: pa.DataType, unit: str, meaning: str) -> Column:
    """A column that every row has."""
    return Column(name, kind, unit, meaning, is_nullable=False)


def _known(name: str, kind: pa.DataType, unit: str, meaning: str) -> Column:
    """A column that is null where the figure is not known."""
    return Column(name, kind, unit, meaning, is_nullable=True)


def _return(name: str, window: str, formula: str) -> Column:
    length, tolerance = WINDOWS[window].length.days, WINDOWS[window].tolerance.days
    days = f"{length} day{'' if length == 1 else 's'}"
    meaning = f"{formula} over {days}; that price may be up to {tolerance} days older"
    return _known(f"{name}_{window}", pa.float32(), "ln", meaning)


COLUMNS: Final = (
    _given("day", pa.date32(), "UTC day", "the day at whose end all of this is known"),
    _given("scryfall_id", TEXT, "UUID", "the printing"),
    _given("name", TEXT, "", "the name of its card"),
    _given("set", TEXT, "code", "its set, in lower case"),
    _given("collector_number", TEXT, "", "its number in the set"),
    _given("finish", TEXT, "", "NONFOIL, FOIL or ETCHED"),
    _given("rarity", TEXT, "", "as printed"),
    _given("colors", TEXT, "letters", "of WUBRG; empty for colourless"),
    _known("mana_value", pa.float32(), "mana", "of the card"),
    _given("type_line", TEXT, "", "of the card"),
    _given("is_reserved", pa.bool_(), "", "whether it is on the Reserved List"),
    _known("age_days", pa.int32(), "days", "since the printing came out; < 0 before"),
    _given("sets", pa.int32(), "sets", "in which the card had come out by that day"),
    _given("currency", TEXT, "", "of the price"),
    _given("marketplace", TEXT, "slug", "the preferred stream with a price that day"),
    _given("price", MONEY, "currency", "that stream's last price of the day"),
    *(_return("return", window, "ln(price / earlier price)") for window in WINDOWS),
    _known(
        f"volatility_{WINDOW_DAYS}d",
        pa.float32(),
        "ln per day",
        f"standard deviation of the daily log returns over {WINDOW_DAYS} days, of at "
        f"least {MINIMUM}",
    ),
    _known(
        f"trend_{WINDOW_DAYS}d",
        pa.float32(),
        "ln per day",
        f"slope of the line through ln(price) over {WINDOW_DAYS} days, of at least "
        f"{MINIMUM} prices",
    ),
    _known(
        f"trend_t_{WINDOW_DAYS}d",
        pa.float32(),
        "",
        "that slope over its standard error; null for a line without error",
    ),
    _known(
        f"trend_r2_{WINDOW_DAYS}d",
        pa.float32(),
        "0 to 1",
        "share of the movement that the line explains; null without movement",
    ),
    _known("quantity", pa.int32(), "copies", "on offer there that day, where it says"),
    _given(
        "streams",
        pa.int32(),
        "streams",
        f"that ask a price for it, of the last {HELD_DAYS} days at most",
    ),
    _known(
        "ask_spread",
        pa.float32(),
        "ratio",
        "highest over lowest retail price, less 1, where two or more shops have one "
        f"that is up to {HELD_DAYS} days old",
    ),
    _known(
        "buylist_ratio",
        pa.float32(),
        "ratio",
        f"the most a shop pays, up to {HELD_DAYS} days old, over the price",
    ),
    *(_return("later_return", window, "ln(later price / price)") for window in LATER),
)
SCHEMA: Final = pa.schema(
    [pa.field(one.name, one.type, nullable=one.is_nullable) for one in COLUMNS]
)
