"""What somebody holds, as rows of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from apps.cards.models import CardIdentifier
from apps.inventory.formats import Format, Holding, escaped
from apps.inventory.formats.decks import write_line
from apps.inventory.models import Lot
from apps.inventory.querysets import LotQuerySet
from mtgintel.core.constants import Finish

_PIECE = 5_000
_TEXT_FORMATS = ("text",)
# Vendors whose ids some format writes.
_WITH_IDS = {
    "archidekt": ("multiverse",),
    "cardmarket": ("cardmarket",),
    "cardmarket-shipment": ("cardmarket",),
    "deckbox": ("tcgplayer",),
    "deckedbuilder": ("multiverse",),
    "mtgo": ("mtgo",),
    "tcgplayer": ("tcgplayer",),
}


def holdings(lots: LotQuerySet, vendors: tuple[str, ...] = ()) -> Iterator[Holding]:
    """Those of the lots of which something is left, in the order they came; a few
    thousand rows are held at a time. `vendors` are those whose ids are wanted."""
    lots = lots.held().select_related("card__card_set").only(*_COLUMNS).order_by("id")
    if vendors:
        lots = lots.annotate(vendor_ids=_vendor_ids(vendors))
    for lot in lots.iterator(chunk_size=_PIECE):
        yield _holding(lot)


_COLUMNS = (
    *("key", "quantity", "disposed", "finish", "condition", "language", "unit_cost"),
    *("cost_currency", "acquired_on", "source", "binder", "tags", "notes"),
    *("for_trade", "grade", "is_signed", "is_altered", "is_proxy", "is_misprint"),
    *("card__name", "card__collector_number", "card__scryfall_id", "card__rarity"),
    *("card__card_set__code", "card__card_set__name"),
)


def _vendor_ids(vendors: tuple[str, ...]) -> Subquery:
    ids = CardIdentifier.objects.filter(card=OuterRef("card"), source__in=vendors)
    one = JSONObject(source="source", id="external_id", finish=F("finish"))
    return Subquery(
        ids.order_by().values("card").annotate(all=JSONBAgg(one)).values("all")
    )


def _holding(lot: Any) -> Holding:
    card, held = lot.card, lot.quantity - lot.disposed
    return Holding(
        key=str(lot.key),
        quantity=held,
        name=card.name,
        set_code=card.set_code,
        set_name=card.card_set.name if card.card_set else "",
        number=card.collector_number,
        scryfall_id=str(card.scryfall_id),
        rarity=card.rarity,
        finish=lot.finish,
        condition=lot.condition,
        language=lot.language,
        unit_cost=lot.unit_cost,
        cost_currency=lot.cost_currency,
        acquired_on=lot.acquired_on,
        source=lot.source,
        binder=lot.binder,
        tags=tuple(lot.tags),
        notes=lot.notes,
        for_trade=min(lot.for_trade, held),
        grade=lot.grade,
        is_signed=lot.is_signed,
        is_altered=lot.is_altered,
        is_proxy=lot.is_proxy,
        is_misprint=lot.is_misprint,
        ids=_ids_of(getattr(lot, "vendor_ids", None) or (), lot.finish),
    )


def _ids_of(known: Any, finish: str) -> dict[str, str]:
    """A vendor's id for this finish, or else the one that is for all."""
    ids: dict[str, str] = {}
    is_foil = finish != Finish.NONFOIL
    for one in sorted(known, key=lambda one: one["id"]):
        said = one["finish"]
        if said is None:
            ids.setdefault(one["source"], one["id"])
        elif said == finish or (is_foil and said != Finish.NONFOIL):
            ids[one["source"]] = one["id"]
    return ids


def export_lines(owner: AbstractBaseUser, kind: Format) -> Iterator[str]:
    """The file of somebody's holdings in a format, line by line."""
    return lines_of(Lot.objects.of(owner), kind)


def lines_of(lots: LotQuerySet, kind: Format) -> Iterator[str]:
    """The file of what is left of lots in a format, line by line.

    A cell that a spreadsheet would run gets a quote before it; reading it here takes
    that away again.
    """
    rows = holdings(lots, _WITH_IDS.get(kind.slug, ()))
    if kind.slug in _TEXT_FORMATS:
        for one in rows:
            yield f"{write_line(one)}\n"
        return
    yield _csv_line([heading for heading, _ in kind.export])
    for one in rows:
        yield _csv_line([escaped(get(one)) for _, get in kind.export])


def _csv_line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
