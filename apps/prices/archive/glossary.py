"""What the columns of an archived day mean, for its readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    meaning: str


_PRICE = "decimal(12,3)"
COLUMNS = (
    Column(
        "time", "timestamp (µs, UTC)", "When the price held, as its source dates it."
    ),
    Column(
        "scryfall_id", "text", "The printing, by its Scryfall id; see the card names."
    ),
    Column("marketplace", "text", "The price stream, named under Sources."),
    Column(
        "condition",
        "text",
        "MINT, NEAR_MINT, LIGHTLY_PLAYED, MODERATELY_PLAYED, HEAVILY_PLAYED, DAMAGED.",
    ),
    Column("finish", "text", "NONFOIL, FOIL or ETCHED."),
    Column("language", "text", "The card's language, such as ENGLISH or JAPANESE."),
    Column("currency", "text", "USD, EUR or TIX (Magic Online event tickets)."),
    Column(
        "price",
        _PRICE,
        "The price in its currency; what it is, the stream's basis says.",
    ),
    Column("price_low", _PRICE, "The lowest offer, where the source gives one."),
    Column("price_mid", _PRICE, "The middle of the offers, where the source gives it."),
    Column("price_high", _PRICE, "The highest offer, where the source gives one."),
    Column(
        "price_market", _PRICE, "The source's own figure from sales, if it has one."
    ),
    Column("num_listings", "int32", "How many offers there were."),
    Column("total_quantity", "int32", "How many copies were offered or wanted."),
)
