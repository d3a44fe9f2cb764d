"""The European Central Bank's reference rates: what one euro is in other currencies.

XML, of a day, of 90 days or of all since 1999:

    <gesmes:Envelope …><Cube><Cube time="2026-03-10">
        <Cube currency="USD" rate="1.0837"/>…</Cube></Cube></gesmes:Envelope>

or CSV, with a column per currency and a comma after the last one:

    Date, USD, JPY, …,
    10 March 2026, 1.0837, 160.21, …,

alone or in a zip archive, as the bank offers it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.parsers import expat

from mtgintel.core.feeds import FURTHEST_AHEAD, CorruptFeedError, Reject, Rejects

SOURCE = "ecb"
URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

_CUBE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube"
_FIRST_DAY = date(1999, 1, 4)
_CURRENCY = re.compile(r"[A-Z]{3}")
_RATE = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)
# A currency that is not quoted on a day.
_ABSENT = ("", "N/A")
_DATE_FORMATS = ("%Y-%m-%d", "%d %B %Y")
# How much may move from one day with a rate to the next; the dollar's largest move so
# far is under a twentieth.
_LARGEST_MOVE = Decimal("1.25")
_COMPARABLE = timedelta(days=30)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """`rate` units of `currency` for one euro on `day`."""

    currency: str
    day: date
    rate: Decimal


def read_rates(texts: Iterable[bytes], rejects: Rejects) -> list[Rate]:
    """The rates of some documents, by currency and day; bad rows go to `rejects`.

    Raises CorruptFeedError for what is cut off or no such document.
    """
    found: dict[tuple[str, date], Rate] = {}
    twice = set()
    for row in (row for text in texts for row in _rows(text)):
        rate = _rate(*row, rejects)
        if rate is None:
            continue
        key = (rate.currency, rate.day)
        if found.setdefault(key, rate) != rate:
            twice.add(key)
    for currency, day in sorted(twice):
        rejects.add(Reject("two rates of one day", f"{currency} {day}"))
        del found[currency, day]
    return sorted(found.values())


def _rows(text: bytes) -> Iterator[tuple[str, str, str]]:
    """(day, currency, rate) as they stand in a document of either form."""
    is_xml = text.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    return _xml(text) if is_xml else _csv(text)


def without_leaps(
    rates: list[Rate], known: dict[str, Rate], rejects: Rejects
) -> list[Rate]:
    """Leave out what is too far from the rate before it to be one.

    `rates` by currency and day; `known` has the last rate of a currency from before.
    """
    kept: list[Rate] = []
    last = dict(known)
    for rate in rates:
        before = last.get(rate.currency)
        if before and rate.day - before.day <= _COMPARABLE:
            move = max(rate.rate, before.rate) / min(rate.rate, before.rate)
            if move > _LARGEST_MOVE:
                detail = f"{rate.rate} after {before.rate} on {before.day}"
                position = f"{rate.currency} {rate.day}"
                rejects.add(Reject("implausible rate", position, detail))
                continue
        last[rate.currency] = rate
        kept.append(rate)
    return kept


def _rate(day: str, currency: str, amount: str, rejects: Rejects) -> Rate | None:
    amount = amount.strip()
    if amount in _ABSENT:
        return None
    on, position = _day(day), f"{ascii(currency)[1:-1][:10]} {ascii(day)[1:-1][:20]}"
    reason = ""
    if on is None:
        reason = "no day that can be"
    elif not _CURRENCY.fullmatch(currency):
        reason = "unknown currency"
    elif not _RATE.fullmatch(amount) or not Decimal(amount):
        reason = "no rate"
    if on is None or reason:
        rejects.add(Reject(reason, position, raw={"rate": ascii(amount)[1:-1][:40]}))
        return None
    return Rate(currency, on, Decimal(amount))


def _day(text: str) -> date | None:
    """A day since the euro, and not one that is still to come."""
    for form in _DATE_FORMATS:
        try:
            day = datetime.strptime(text.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        newest = (datetime.now(UTC) + FURTHEST_AHEAD).date()
        return day if _FIRST_DAY <= day <= newest else None
    return None


def _xml(text: bytes) -> Iterator[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    days = [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        day = attributes.get("time", days[-1]) if name == _CUBE else days[-1]
        days.append(day)
        if name == _CUBE and "currency" in attributes:
            found.append((day, attributes["currency"], attributes.get("rate", "")))

    def end(_: str) -> None:
        days.pop()

    def refuse(*_: Any) -> None:
        raise CorruptFeedError(
            "The file declares a document type, which the bank's rates do not; it may "
            "be a trap. Nothing of it was stored."
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    # Without a document type there are no entities to grow without end.
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)  # noqa: FBT003 (it takes no names)
    except expat.ExpatError as error:
        raise CorruptFeedError(
            f"The file is no whole XML document: {error}. Nothing of it was stored; "
            "fetch it again."
        ) from None
    yield from found


def _csv(text: bytes) -> Iterator[tuple[str, str, str]]:
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise _no_list("it is no text") from None
    try:
        heading, *rows = [row for row in csv.reader(lines) if row] or [[]]
    except csv.Error as error:
        raise _no_list(str(error)) from None
    if not heading or heading[0].strip() != "Date":
        raise _no_list("its first column is no Date")
    currencies = [name.strip() for name in heading]
    for number, row in enumerate(rows, 2):
        if len(row) != len(heading):
            raise _no_list(f"line {number} is cut off")
        for currency, amount in zip(currencies[1:], row[1:], strict=True):
            if currency or amount.strip():
                yield row[0], currency, amount


def _no_list(why: str) -> CorruptFeedError:
    return CorruptFeedError(
        f"The file is no whole list of exchange rates: {why}. Nothing of it was "
        "stored; fetch it again."
    )
