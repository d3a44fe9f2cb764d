"""What happened in a collection lately: files that came in, lots, copies that went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from apps.inventory.models import Disposal, ImportBatch, Lot
from mtgintel.core.activity import Activity

_KINDS = {
    Disposal.Kind.SOLD: "Sold",
    Disposal.Kind.TRADED: "Traded",
    Disposal.Kind.GIVEN: "Gave away",
}


def imports_told(user: Any, limit: int) -> Iterator[Activity]:
    """Files that became holdings, and those that were taken back."""
    batches = ImportBatch.objects.of(user).only(
        "filename", "imported", "committed_at", "undone_at"
    )
    for batch in batches.exclude(committed_at=None).order_by("-committed_at")[:limit]:
        if batch.committed_at:
            text = f"Imported {_number(batch.imported, 'holding')} from {_name(batch)}"
            yield Activity(batch.committed_at, "import", text, _address(batch))
    for batch in batches.exclude(undone_at=None).order_by("-undone_at")[:limit]:
        if batch.undone_at:
            text = f"Took back the import of {_name(batch)}"
            yield Activity(batch.undone_at, "import", text, _address(batch))


def lots_told(user: Any, limit: int) -> Iterator[Activity]:
    """Lots added by hand; those of a file are told with it."""
    own = Lot.objects.of(user).filter(batch=None).order_by("-created_at", "-id")
    # Of a large collection only these few are read whole.
    newest = Lot.objects.filter(pk__in=own.values("pk")[:limit])
    for lot in newest.select_related("card__card_set"):
        text = f"Added {lot.quantity:,} × {lot.card}"
        yield Activity(lot.created_at, "lot", text, lot.card.get_absolute_url())


def disposals_told(user: Any, limit: int) -> Iterator[Activity]:
    """Copies that went; at the time that was written down."""
    gone = Disposal.objects.filter(lot__owner=user).select_related(
        "lot__card__card_set"
    )
    for one in gone.order_by("-created_at", "-id")[:limit]:
        card = one.lot.card
        text = f"{_KINDS[Disposal.Kind(one.kind)]} {one.quantity:,} × {card}"
        yield Activity(one.created_at, "disposal", text, card.get_absolute_url())


def _name(batch: ImportBatch) -> str:
    return batch.filename or "a pasted list"


def _address(batch: ImportBatch) -> str:
    return reverse("inventory:import", args=[batch.pk])


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
