"""TCGplayer's prices as tcgcsv.com mirrors them once a day, a folder per set.

    1/<group>/prices    {"results": [{productId, subTypeName, marketPrice, …}]}
    1/<group>/products  {"results": [{productId, name, presaleInfo, extendedData}]}
    1/<group>/ProductsAndPrices.csv   both, with extNumber and extRarity of singles

A product is known by its id and `subTypeName`: Normal or Foil. Etched copies are a
product of their own. `marketPrice` (recent sales) is the price, beside it the lowest
and the median listing; `highPrice` is where sellers park what they do not want to sell,
and is not read.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import msgspec

from mtgintel.core.constants import Currency
from mtgintel.core.feeds import CorruptFeedError, Reject

from .bundle import Bundle
from .card_index import FOIL, NONFOIL, RowError
from .quotes import (
    Context,
    Quote,
    VendorReader,
    read_extra_price,
    read_moment,
    read_price,
)
from .sealed import SealedQuote

SOURCE = "tcgcsv"
IDENTIFIERS = ("tcgplayer",)
BASE = "https://tcgcsv.com"
MARKETPLACE = "tcgplayer"
MAGIC = "1"

_FINISHES = {"Normal": NONFOIL, "Foil": FOIL}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# When the day's files are written, UTC.
_HOUR = timedelta(hours=20)
# What every single has and no sealed product.
_OF_SINGLES = {"Number", "Rarity"}
_COLUMNS_OF_SINGLES = {f"ext{name}" for name in _OF_SINGLES}
# What a table cannot be read without.
_COLUMNS = {"productId", "subTypeName", "marketPrice", "lowPrice", "midPrice"}


class Price(msgspec.Struct, rename="camel"):
    """One product in one finish; each figure may be null."""

    product_id: int
    sub_type_name: str | None = None
    low_price: Any = None
    mid_price: Any = None
    market_price: Any = None


class Fact(msgspec.Struct):
    """One of the facts about a product."""

    name: str | None = None


class Presale(msgspec.Struct, rename="camel"):
    """Whether it is sold before its release."""

    is_presale: bool = False
    released_on: str | None = None


class Product(msgspec.Struct, rename="camel"):
    """What a product is."""

    product_id: int
    name: str | None = None
    presale_info: Presale | None = None
    extended_data: list[Fact] = []

    @property
    def is_single(self) -> bool:
        return any(fact.name in _OF_SINGLES for fact in self.extended_data)


class Answer(msgspec.Struct):
    """The envelope of every document."""

    results: list[msgspec.Raw] = []


_answer = msgspec.json.Decoder(Answer).decode
_price = msgspec.json.Decoder(Price).decode
_product = msgspec.json.Decoder(Product).decode


class Reader(VendorReader):
    """Reads the prices of every set in a bundle, with its products where they are."""

    def __init__(self, bundle: Bundle, context: Context) -> None:
        super().__init__(context)
        self._bundle = bundle

    def read(self) -> None:
        names = self._bundle.names
        self.said_at = self._written_at(names)
        for name in names:
            if _is_table(name):
                if name.with_name("prices") not in names:
                    self._read_table(name)
            elif len(names) == 1 or _is_prices(name):
                products = self._products(name.with_name(f"products{name.suffix}"))
                self._read_set(name, products)

    def _written_at(self, names: list[PurePosixPath]) -> datetime | None:
        """What last-updated.txt says, or the day a folder or file is named after."""
        for name in names:
            if name.name == "last-updated.txt":
                text = self._bundle.read(name).decode("ascii", "replace").strip()
                return read_moment(text)
        found = _DAY.search(str(names[0])) if names else None
        found = found or _DAY.search(self._bundle.path.name)
        try:
            day = datetime.fromisoformat(found[0]) if found else None
        except ValueError:
            day = None
        return None if day is None else day.replace(tzinfo=UTC) + _HOUR

    def _read_set(self, name: PurePosixPath, products: dict[int, Product]) -> None:
        for number, raw in enumerate(self._results(name), 1):
            try:
                row = _price(raw)
            except ValueError as error:
                self._malformed(f"{name} row {number}", raw, error)
                continue
            product = products.get(row.product_id)
            if product is None or product.is_single:
                self._take(row, product, str(name))
            else:
                self._take_sealed(row, product, name)

    def _read_table(self, name: PurePosixPath) -> None:
        """A set's CSV, whose numbers are text. It does not tell what is on presale."""
        table = self._table(name)
        try:
            for cells in table:
                position = f"{name} line {table.line_num}"
                is_single = any(cells.get(one) for one in _COLUMNS_OF_SINGLES)
                try:
                    row = msgspec.convert(cells, Price, strict=False)
                except ValueError as error:
                    if is_single:
                        self._malformed(position, repr(cells).encode(), error)
                    continue
                product = Product(row.product_id, cells.get("name"))
                if is_single:
                    self._take(row, product, str(name))
                else:
                    self._take_sealed(row, product, name)
        except csv.Error as error:
            raise CorruptFeedError(
                f"{name} line {table.reader.line_num} in {self._bundle.path} is no "
                f"CSV: {error}. Nothing of the feed was stored; fetch it again."
            ) from None

    def _table(self, name: PurePosixPath) -> csv.DictReader[str]:
        text = self._bundle.read(name).decode("utf-8-sig", "replace")
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not _COLUMNS.issubset(table.fieldnames or ()):
            raise CorruptFeedError(
                f"{name} in {self._bundle.path} is none of tcgcsv's tables: it begins "
                f"with {text[:60]!r}. Nothing of the feed was stored; fetch it again."
            )
        return table

    def _take(self, row: Price, product: Product | None, name: str) -> None:
        try:
            price = read_price(row.market_price)
            if not price:
                return
            self._refuse_presale(product)
            placed = self.cards.vendor("tcgplayer", row.product_id, _finish(row))
            quote = Quote(
                card_id=placed.card.id,
                marketplace_id=self.quotes.stream(MARKETPLACE, Currency.USD),
                finish=placed.finish,
                language=placed.card.language,
                price=price,
                price_low=read_extra_price(row.low_price),
                price_mid=read_extra_price(row.mid_price),
                product=row.product_id,
            )
        except RowError as error:
            raw = msgspec.to_builtins(row)
            if product is not None:
                raw["name"] = product.name
            self.quotes.reject(error, f"product {row.product_id} in {name}"[:120], raw)
            return
        self.quotes.add(quote)

    def _take_sealed(self, row: Price, product: Product, name: PurePosixPath) -> None:
        """A price that is none costs nothing: it is of no card."""
        price = read_extra_price(row.market_price)
        stream = self.context.streams.get(MARKETPLACE)
        if price <= 0 or stream is None or self._is_presale(product):
            return
        group = name.parent.name
        self.context.sealed.append(
            SealedQuote(
                vendor=MARKETPLACE,
                product=row.product_id,
                marketplace_id=stream.marketplace_id,
                price=price,
                price_low=read_extra_price(row.low_price),
                name=product.name or "",
                group=int(group) if group.isdecimal() else None,
            )
        )

    def _refuse_presale(self, product: Product | None) -> None:
        """Before a release there is no market yet, only what people hope for."""
        if self._is_presale(product):
            raise RowError("presale")

    def _is_presale(self, product: Product | None) -> bool:
        info = product.presale_info if product else None
        if info is None or not info.is_presale:
            return False
        released_at = read_moment(info.released_on, UTC)
        return released_at is None or released_at > self.as_of

    def _products(self, name: PurePosixPath) -> dict[int, Product]:
        """The products of a set; none where the bundle does not have them."""
        found: dict[int, Product] = {}
        if name not in self._bundle.names:
            return found
        for number, raw in enumerate(self._results(name), 1):
            try:
                product = _product(raw)
            except ValueError as error:
                self._malformed(f"{name} row {number}", raw, error)
                continue
            found[product.product_id] = product
        return found

    def _results(self, name: PurePosixPath) -> list[msgspec.Raw]:
        try:
            return _answer(self._bundle.read(name)).results
        except ValueError as error:
            raise CorruptFeedError(
                f"{name} in {self._bundle.path} is none of tcgcsv's answers: {error}. "
                "Nothing of the feed was stored; fetch it again."
            ) from None

    def _malformed(
        self, position: str, text: msgspec.Raw | bytes, error: ValueError
    ) -> None:
        self.quotes.rows += 1
        raw = {"text": bytes(text)[:500].decode(errors="replace")}
        reject = Reject("malformed record", position[:120], str(error)[:500], raw)
        self.context.rejects.add(reject)


def _finish(row: Price) -> int:
    finish = _FINISHES.get(row.sub_type_name or "")
    if finish is None:
        raise RowError("unknown finish")
    return finish


def _is_prices(name: PurePosixPath) -> bool:
    """A set's prices; the folders of other games are left alone."""
    return name.stem == "prices" and _is_magic(name)


def _is_table(name: PurePosixPath) -> bool:
    return name.suffix == ".csv" and _is_magic(name)


def _is_magic(name: PurePosixPath) -> bool:
    return len(name.parts) < 3 or name.parts[-3] == MAGIC
