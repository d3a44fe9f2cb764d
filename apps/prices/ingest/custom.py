"""Price lists of shops we do not know, read as somebody has described them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mtgintel.core.constants import (
    Finish,
    UnknownConditionError,
    UnknownLanguageError,
    normalize_condition,
    normalize_language,
)

from .base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    CONDITION_CODE,
    FINISH_CODE,
    LANGUAGE_CODE,
    microseconds,
)
from .card_index import Named, Placed, RowError, UnresolvedError, only_one
from .layout import VENDOR_IDS, Layout
from .print_index import PrintIndex
from .quotes import (
    BadPriceError,
    Context,
    Quote,
    VendorReader,
    read_count,
    read_moment,
    read_price,
)
from .records import Cells, read_text, records

_FINISHES = {
    "nonfoil": Finish.NONFOIL,
    "non-foil": Finish.NONFOIL,
    "non foil": Finish.NONFOIL,
    "normal": Finish.NONFOIL,
    "regular": Finish.NONFOIL,
    "nf": Finish.NONFOIL,
    "n": Finish.NONFOIL,
    "no": Finish.NONFOIL,
    "false": Finish.NONFOIL,
    "0": Finish.NONFOIL,
    "foil": Finish.FOIL,
    "fo": Finish.FOIL,
    "f": Finish.FOIL,
    "y": Finish.FOIL,
    "yes": Finish.FOIL,
    "true": Finish.FOIL,
    "1": Finish.FOIL,
    "etched": Finish.ETCHED,
    "foil etched": Finish.ETCHED,
    "etched foil": Finish.ETCHED,
    "ef": Finish.ETCHED,
}
_OUT_OF_STOCK = {"no", "n", "false", "out of stock", "sold out"}
_IN_STOCK = {"yes", "y", "true", "in stock"}
# What stands where there is no price.
_DASHES = {"-", "–", "—", "n/a", "na"}
_CURRENCIES = {"$": "USD", "US$": "USD", "USD": "USD", "€": "EUR", "EUR": "EUR"} | {
    "TIX": "TIX",
    "TIC": "TIX",
}
_MONEY = re.compile(r"([^\d\s.,+-]{0,4})\s?([\d.,' +-]{1,30}?)\s?([^\d\s.,+-]{0,4})")
_DIGITS = {
    mark: re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:[{group}' ]\d{{3}})+|\d+)?(?:{re.escape(mark)}\d*)?"
    )
    for mark, group in ((".", ","), (",", "."))
}
_GROUPS = {".": ",' ", ",": ".' "}
# An id that a spreadsheet took for a number.
_WHOLE_NUMBER = re.compile(r"(\d+)\.0+")
_UNIX_TIME = re.compile(r"\d{9,10}(\d{3})?")
_AHEAD = timedelta(days=2)
# No price is older than what raw prices are kept for, with room to spare.
_OLDEST = timedelta(days=3 * 365)
_FIGURES = ("price_low", "price_mid", "price_high", "price_market")


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a row: a quote, an error, or neither where it has no offer."""

    position: str
    cells: Cells
    quote: Quote | None = None
    error: RowError | None = None


class Reader(VendorReader):
    """Reads a list from the pieces of its text, by a layout without problems.

    A card is told by ids first, then by set and number, then by set and name, then by
    a name that only one printing has. What a row says beyond that must not speak
    against it.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        context: Context,
        layout: Layout,
        prints: PrintIndex,
    ) -> None:
        super().__init__(context)
        self._pieces, self._layout, self._prints = pieces, layout, prints
        self._newest_us = 0

    @property
    def as_of(self) -> datetime:
        if self._newest_us and self.context.at is None:
            return datetime.fromtimestamp(self._newest_us / 1_000_000, UTC)
        return super().as_of

    def read(self) -> None:
        for reading in self.readings():
            if reading.error is not None:
                raw = {key: str(value)[:200] for key, value in reading.cells.items()}
                self.quotes.reject(reading.error, reading.position, raw)
            elif reading.quote is not None:
                self._newest_us = max(self._newest_us, reading.quote.time)
                self.quotes.add(reading.quote)

    def readings(self) -> Iterator[Reading]:
        """Every row of the file. Raises CorruptFeedError for one that is none."""
        text = read_text(self._pieces, self._layout.encoding)
        for position, cells in records(text, self._layout):
            if isinstance(cells, RowError):
                yield Reading(position, {}, error=cells)
                continue
            try:
                quote = self._quote(cells)
            except RowError as error:
                yield Reading(position, cells, error=error)
            else:
                yield Reading(position, cells, quote)

    def _quote(self, cells: Cells) -> Quote | None:
        price = self._price(cells.get("price"))
        quantity = self._quantity(cells.get("quantity"))
        if price == ABSENT_PRICE:
            return None
        if self._layout.zero_is_absent and quantity == 0:
            return None
        condition = self._condition(cells)
        stated = self._language(cells)
        placed = self._placed(cells, self._finish(cells), stated)
        low, mid, high, market = (self._extra(cells.get(name)) for name in _FIGURES)
        return Quote(
            card_id=placed.card.id,
            marketplace_id=self.quotes.stream(
                self._layout.marketplace, self._layout.currency
            ),
            finish=placed.finish,
            language=placed.card.language if stated is None else stated,
            price=price,
            condition=condition,
            price_low=low,
            price_mid=mid,
            price_high=high,
            price_market=market,
            num_listings=read_count(cells.get("listings")),
            total_quantity=quantity,
            time=self._time(cells.get("time")),
        )

    def _price(self, value: Any) -> int:
        if not isinstance(value, str):
            return read_price(value, self._layout.unit)
        text = " ".join(value.split())
        if not text or text.casefold() in _DASHES:
            return ABSENT_PRICE
        money = _MONEY.fullmatch(text)
        if money is None:
            raise BadPriceError("not a number")
        before, number, after = money.groups()
        for sign in filter(None, (before, after)):
            self._check_currency(sign.upper())
        return read_price(self._plain(number.strip()), self._layout.unit)

    def _check_currency(self, sign: str) -> None:
        if sign not in _CURRENCIES:
            raise BadPriceError("not a number")
        if _CURRENCIES[sign] != self._layout.currency:
            raise RowError("currency contradicts the marketplace")

    def _plain(self, number: str) -> str:
        """A number with a decimal point and nothing between its digits."""
        mark = self._layout.decimal_mark
        if _DIGITS[mark].fullmatch(number) is None:
            raise BadPriceError("not a number")
        return number.translate(
            {ord(one): None for one in _GROUPS[mark]} | {ord(mark): "."}
        )

    def _extra(self, value: Any) -> int:
        """A figure beside the price: what is none does not cost us the row."""
        try:
            return self._price(value)
        except RowError:
            return ABSENT_PRICE

    def _quantity(self, value: Any) -> int:
        if _is_blank(value):
            return ABSENT_COUNT
        word = str(value).casefold()
        if word in _OUT_OF_STOCK:
            return 0
        count = read_count(value)
        is_known = count != ABSENT_COUNT or word in _IN_STOCK
        if self._layout.zero_is_absent and not is_known:
            raise RowError("unknown quantity")
        return count

    def _finish(self, cells: Cells) -> int | None:
        """The finish a row says, the one of all rows, or None: the id says it."""
        value = cells.get("finish")
        if _is_blank(value):
            return FINISH_CODE[self._layout.finish] if self._layout.finish else None
        finish = _FINISHES.get(
            " ".join(str(value).replace("_", " ").split()).casefold()
        )
        if finish is None:
            raise RowError("unknown finish")
        return FINISH_CODE[finish]

    def _condition(self, cells: Cells) -> int:
        value = cells.get("condition")
        text = self._layout.condition if _is_blank(value) else str(value)
        if not text:
            raise RowError("no condition")
        scale = "default" if _is_blank(value) else self._layout.condition_scale
        try:
            return CONDITION_CODE[normalize_condition(text, scale)]
        except UnknownConditionError:
            raise RowError("unknown condition") from None

    def _language(self, cells: Cells) -> int | None:
        value = cells.get("language")
        text = self._layout.language if _is_blank(value) else str(value)
        if not text:
            return None
        try:
            return LANGUAGE_CODE[normalize_language(text)]
        except UnknownLanguageError:
            raise RowError("unknown language") from None

    def _time(self, value: Any) -> int:
        """A row's own moment in microseconds; 0 where it says none or the user does."""
        if _is_blank(value) or self.context.at is not None:
            return 0
        moment = _moment(str(value))
        if moment is None:
            raise RowError("unknown time")
        age = self.context.read_at - moment
        if not -_AHEAD <= age <= _OLDEST:
            raise RowError("impossible time")
        return microseconds(moment)

    def _placed(self, cells: Cells, finish: int | None, language: int | None) -> Placed:
        named = self._named(cells)
        wanted = LANGUAGE_CODE["ENGLISH"] if language is None else language
        # Where the catalogue has a printing in many languages, that of the copy.
        if len({one.card.id for one in named}) > 1:
            spoken = [one for one in named if one.card.language == wanted]
            named = spoken or named
        if finish is None and any(one.finish is None for one in named):
            raise RowError("unknown finish", sorted({one.card.id for one in named}))
        return only_one(named, finish)

    def _named(self, cells: Cells) -> list[Named]:
        """The cards that all of a row may mean. Raises UnresolvedError for none."""
        said = {key: _id(cells.get(key)) for key in _IDENTITY}
        found = self._by_ids(said)
        codes = self._prints.sets(said["set_code"], said["set_name"])
        number, name = said["collector_number"], said["name"]
        has_set = bool(said["set_code"] or said["set_name"])
        if number:
            numbered = self._prints.numbered(codes, number)
            found = _agreed(found, [Named(card) for card in numbered])
        elif name and has_set:
            named = self._prints.named_in(codes, name)
            found = _agreed(found, [Named(card) for card in named])
        namesakes = self._prints.called(name) if name else []
        has_more = has_set or number or any(said[key] for key in _IDS)
        if not found and has_more:
            candidates = sorted({card.id for card in namesakes})
            raise UnresolvedError("unknown card", candidates)
        if not found and name:
            namesakes = self._prints.named(name)
        found = _agreed(found, [Named(card) for card in namesakes])
        if not found:
            raise UnresolvedError("unknown card")
        return found

    def _by_ids(self, said: dict[str, str]) -> list[Named]:
        found: list[Named] = []
        card = self.cards.by_scryfall_id.get(said["scryfall_id"].lower())
        if card is not None:
            found = [Named(card)]
        for key, source in VENDOR_IDS.items():
            known = self.cards.by_vendor_id.get(source, {}).get(said[key], ())
            found = _agreed(found, known)
        return found


_IDS = ("scryfall_id", *VENDOR_IDS)
_IDENTITY = (*_IDS, "set_code", "set_name", "collector_number", "name")


def _agreed(found: list[Named], said: Sequence[Named]) -> list[Named]:
    """The cards that two statements agree on; one that knows nothing says nothing.

    Raises UnresolvedError where they contradict each other.
    """
    if not found or not said:
        return found or list(said)
    both = [
        mine if mine.finish is not None else other
        for mine in found
        for other in said
        if mine.card.id == other.card.id
        and (None in (mine.finish, other.finish) or mine.finish == other.finish)
    ]
    if not both:
        candidates = sorted({one.card.id for one in (*found, *said)})
        raise UnresolvedError("contradictory card", candidates)
    return both


def _id(value: Any) -> str:
    """An id, number or name as text; "" for none."""
    text = "" if value is None else str(value).strip()
    number = _WHOLE_NUMBER.fullmatch(text)
    return number[1] if number else text


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


def _moment(text: str) -> datetime | None:
    """An ISO 8601 moment, of UTC unless it says otherwise, or Unix time."""
    unix = _UNIX_TIME.fullmatch(text)
    if unix is None:
        return read_moment(text, UTC)
    return datetime.fromtimestamp(int(text) / (1000 if unix[1] else 1), UTC)
