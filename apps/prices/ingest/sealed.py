"""Sealed products: their prices beside those of cards, and what files say they are.

    MTGJSON set file     {"data": {"code", "sealedProduct": [{uuid, name, category,
                         subtype, releaseDate, identifiers, contents}]}}
    Cardmarket's list    {"products": [{idProduct, name, idCategory, categoryName,
                         idExpansion}]}, the one of what is no single

Prices come in the files of cards: tcgcsv's products without a number, Cardmarket's of
another category than 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from mtgintel.core.feeds import CorruptFeedError, FeedFile, Rejects

from .elements import Elements

TCGPLAYER, CARDMARKET = "tcgplayer", "cardmarket"
_MAX_NAME = 300
_MAX_CATEGORY = 60


class SealedQuote(NamedTuple):
    """The price of a sealed product, in thousandths; `price_low` 0 is none.

    `vendor` is whose `product` id it is. `name` and `group`, TCGplayer's id of the set,
    are there where the file tells them.
    """

    vendor: str
    product: int
    marketplace_id: int
    price: int
    price_low: int = 0
    name: str = ""
    group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """What a file says of a sealed product; None or empty where it says nothing."""

    name: str
    category: str = ""
    set_code: str = ""
    released_on: date | None = None
    mtgjson_uuid: UUID | None = None
    tcgplayer_id: int | None = None
    cardmarket_id: int | None = None
    contents: dict[str, Any] = field(default_factory=dict)


class _Identifiers(msgspec.Struct, rename="camel"):
    tcgplayer_product_id: str | None = None
    mcm_id: str | None = None


class _Product(msgspec.Struct, rename="camel"):
    uuid: UUID
    name: str
    category: str | None = None
    subtype: str | None = None
    release_date: date | None = None
    identifiers: _Identifiers = msgspec.field(default_factory=_Identifiers)
    contents: dict[str, Any] | None = None


class _Set(msgspec.Struct, rename="camel"):
    code: str
    sealed_product: list[_Product] = []


class _SetFile(msgspec.Struct):
    data: _Set


class _Listed(msgspec.Struct):
    """A product of Cardmarket's list."""

    id: int = msgspec.field(name="idProduct")
    name: str | None = None
    category: int | None = msgspec.field(name="idCategory", default=None)
    category_name: str | None = msgspec.field(name="categoryName", default=None)


def read_set_file(feed: FeedFile) -> list[SealedRecord]:
    """The sealed products of an MTGJSON set file; none where it lists none.

    Raises CorruptFeedError for a file of another shape.
    """
    try:
        found = msgspec.json.decode(b"".join(feed.pieces()), type=_SetFile).data
    except ValueError as error:
        raise CorruptFeedError(
            f"{feed.path} is no set file of MTGJSON: {error}. Nothing was stored."
        ) from None
    return [_record(one, found.code.lower()) for one in found.sealed_product]


def _record(one: _Product, set_code: str) -> SealedRecord:
    category = " ".join(filter(None, [one.category, one.subtype]))
    return SealedRecord(
        name=one.name[:_MAX_NAME],
        category=_spoken(category),
        set_code=set_code,
        released_on=one.release_date,
        mtgjson_uuid=one.uuid,
        tcgplayer_id=_number(one.identifiers.tcgplayer_product_id),
        cardmarket_id=_number(one.identifiers.mcm_id),
        contents=one.contents or {},
    )


def _spoken(category: str) -> str:
    """booster_box draft -> Booster box draft"""
    return category.replace("_", " ").strip().capitalize()[:_MAX_CATEGORY]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def read_cardmarket_list(feed: FeedFile) -> Iterator[SealedRecord]:
    """The products of Cardmarket's list that are no singles.

    Raises CorruptFeedError when the list is none.
    """
    for _, one in Elements(feed.pieces(), "products", _Listed, Rejects()):
        if one.category not in (None, 1) and one.name:
            yield SealedRecord(
                name=one.name[:_MAX_NAME],
                category=(one.category_name or "").removeprefix("Magic ")[
                    :_MAX_CATEGORY
                ],
                cardmarket_id=one.id,
            )
