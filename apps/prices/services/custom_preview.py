"""What would become of the first rows of a list, without storing any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import cast

from django.utils import timezone

from apps.cards.models import Card
from apps.prices.ingest.base import CONDITIONS, FINISHES, LANGUAGES
from apps.prices.ingest.card_index import load_card_index
from apps.prices.ingest.custom import Reader, Reading
from apps.prices.ingest.layout import COLUMNS
from apps.prices.ingest.mtgjson import Stream
from apps.prices.ingest.quotes import Context
from apps.prices.models import CustomSource
from mtgintel.core.constants import Condition, Finish, Language
from mtgintel.core.feeds import FeedFile, IngestError, Rejects
from mtgintel.core.money import from_thousandths

from .custom import vendor_of
from .vendors import VendorFile

FIRST = 10
# Problems are looked for in this many rows; a page must not take minutes.
LOOKED_AT = 2_000
_MAX_CANDIDATES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """A row as it would be read; `problem` is why it would not be."""

    position: str
    said: str
    problem: str = ""
    candidates: tuple[str, ...] = ()
    card: str = ""
    finish: str = ""
    condition: str = ""
    language: str = ""
    price: Decimal | None = None
    currency: str = ""
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows of a list and the first problems; `error` is why it is none."""

    error: str = ""
    rows: list[PreviewRow] = field(default_factory=list)
    problems: list[PreviewRow] = field(default_factory=list)
    looked_at: int = 0
    usable: int = 0
    without_offer: int = 0
    rejects: dict[str, int] = field(default_factory=dict)


def preview(*, source: CustomSource, file: VendorFile) -> Preview:
    """How the first rows of `file` would be read. Stores nothing."""
    try:
        readings = list(islice(_readings(source, file), LOOKED_AT))
    except IngestError as error:
        return Preview(error=str(error))
    first = readings[:FIRST]
    bad = [one for one in readings if one.error is not None]
    names = _names([*first, *bad[:FIRST]])
    currency = source.marketplace.currency
    counts = Counter(one.error.reason for one in bad if one.error is not None)
    usable = sum(one.quote is not None for one in readings)
    return Preview(
        rows=[_row(one, names, currency) for one in first],
        problems=[_row(one, names, currency) for one in bad[:FIRST]],
        looked_at=len(readings),
        usable=usable,
        without_offer=len(readings) - usable - len(bad),
        rejects=dict(counts.most_common()),
    )


def _readings(source: CustomSource, file: VendorFile) -> Iterable[Reading]:
    vendor, stream = vendor_of(source), source.marketplace
    context = Context(
        load_card_index(vendor.identifiers),
        # The source need not be active yet.
        {stream.slug: Stream(stream.pk, stream.currency)},
        Rejects(),
        timezone.now(),
    )
    reader = cast(Reader, vendor.reader(FeedFile(file.path).pieces(), context))
    yield from reader.readings()


def _names(readings: list[Reading]) -> dict[int, str]:
    """What the cards that are spoken of are called."""
    ids = {one.quote.card_id for one in readings if one.quote is not None}
    for one in readings:
        if one.error is not None:
            ids.update(one.error.candidates[:_MAX_CANDIDATES])
    cards = Card.objects.filter(id__in=ids).select_related("card_set")
    return {card.pk: str(card) for card in cards}


def _row(reading: Reading, names: dict[int, str], currency: str) -> PreviewRow:
    cells = {key: reading.cells[key] for key in COLUMNS if key in reading.cells}
    said = ", ".join(f"{key}: {value}" for key, value in cells.items())[:300]
    quote, error = reading.quote, reading.error
    if error is not None:
        known = (names.get(one, "") for one in error.candidates[:_MAX_CANDIDATES])
        return PreviewRow(
            position=reading.position,
            said=said,
            problem=error.reason,
            candidates=tuple(filter(None, known)),
        )
    if quote is None:
        return PreviewRow(position=reading.position, said=said)
    return PreviewRow(
        position=reading.position,
        said=said,
        card=names[quote.card_id],
        finish=Finish(FINISHES[quote.finish]).label,
        condition=Condition(CONDITIONS[quote.condition]).label,
        language=Language(LANGUAGES[quote.language]).label,
        price=from_thousandths(quote.price),
        currency=currency,
        quantity=quote.total_quantity if quote.total_quantity >= 0 else None,
    )
