"""Lots are added, edited, split, copied and deleted, one by one."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min

from apps.cards.models import Card
from apps.inventory.models import Change, Lot

from .changed import holdings_changed
from .changes import begin, delete_kept
from .choices import likely_finish
from .rules import EDITABLE, check_lot


@transaction.atomic
def add_lot(*, owner: Any, card: Card, **fields: Any) -> Lot:
    """Add copies of a card. What `fields` leaves out is one near mint copy in the
    card's own language and likeliest finish, of unknown cost.

    Raises ValidationError with what is wrong by field.
    """
    _check_names(fields)
    usual = {
        "quantity": 1,
        "finish": likely_finish(card, None),
        "language": card.language,
    }
    lot = Lot(owner_id=owner.pk, card=card, **usual | fields)
    check_lot(lot)
    lot.save()
    holdings_changed(lot.owner_id)
    return lot


@transaction.atomic
def edit_lot(*, owner: Any, lot_id: int, **changes: Any) -> Lot:
    """Change what is said of a lot; what `changes` does not name stays.

    A cost that becomes unknown loses its currency. Can be undone. Raises
    Lot.DoesNotExist, and ValidationError with what is wrong by field.
    """
    _check_names(changes)
    lot = locked_lot(owner, lot_id)
    if changes.get("unit_cost", lot.unit_cost) is None and "unit_cost" in changes:
        changes.setdefault("cost_currency", "")
    differing = {k: v for k, v in changes.items() if getattr(lot, k) != v}
    if not differing:
        return lot
    for name, value in differing.items():
        setattr(lot, name, value)
    check_edited(lot)
    change = _begin(lot, Change.Kind.EDITED, f"{lot.card} edited")
    _save(lot, [*differing], change)
    return lot


def check_edited(lot: Lot) -> None:
    check_lot(lot)
    first = lot.disposals.aggregate(day=Min("disposed_on"))["day"]
    if first and lot.acquired_on and lot.acquired_on > first:
        message = f"Copies of it went on {first}; a day before that, or none."
        raise ValidationError({"acquired_on": [message]})


@transaction.atomic
def split_lot(*, owner: Any, lot_id: int, quantity: int) -> Lot:
    """Make a lot of its own of some copies that are held; the new lot.

    Copies for trade stay where they are as far as there is room. Raises
    Lot.DoesNotExist, and ValidationError unless both lots have copies then.
    """
    lot = locked_lot(owner, lot_id)
    if not 1 <= quantity < lot.remaining:
        message = f"Between 1 and {lot.remaining - 1:,} of the {lot.remaining:,} held."
        if lot.remaining < 2:
            message = "Only a lot that holds two copies or more can be split."
        raise ValidationError({"quantity": [message]})
    lot.quantity -= quantity
    offered = lot.for_trade
    lot.for_trade = min(offered, lot.quantity)
    lot.save(update_fields=["quantity", "for_trade", "updated_at"])
    new = _copy(lot, quantity=quantity, for_trade=offered - lot.for_trade)
    # They are held as long as those they were with.
    Lot.objects.filter(pk=new.pk).update(created_at=lot.created_at)
    new.created_at = lot.created_at
    holdings_changed(lot.owner_id)
    return new


@transaction.atomic
def clone_lot(*, owner: Any, lot_id: int) -> Lot:
    """Add one more copy just like those of a lot, got on its own; the new lot.

    Raises Lot.DoesNotExist.
    """
    lot = locked_lot(owner, lot_id)
    new = _copy(lot, quantity=1, for_trade=0, batch=None)
    holdings_changed(lot.owner_id)
    return new


@transaction.atomic
def delete_lot(*, owner: Any, lot_id: int) -> Change:
    """Delete a lot and what is recorded of its sales. Can be undone. Raises
    Lot.DoesNotExist."""
    lot = locked_lot(owner, lot_id)
    change = _begin(lot, Change.Kind.DELETED, f"{lot} deleted")
    delete_kept(change)
    holdings_changed(lot.owner_id)
    return change


def locked_lot(owner: Any, lot_id: int) -> Lot:
    """Somebody's own lot, locked until the transaction ends. Raises
    Lot.DoesNotExist."""
    lots = Lot.objects.of(owner).select_related("card__card_set")
    found: Lot = lots.select_for_update(of=("self",)).get(pk=lot_id)
    return found


def _begin(lot: Lot, kind: str, summary: str) -> Change:
    return begin(owner_id=lot.owner_id, kind=kind, ids=[lot.pk], summary=summary[:300])


def _save(lot: Lot, names: list[str], change: Change) -> None:
    # The moment of the change, by which its undo knows the lot again.
    values = {name: getattr(lot, name) for name in names}
    Lot.objects.filter(pk=lot.pk).update(**values, updated_at=change.made_at)
    lot.updated_at = change.made_at
    holdings_changed(lot.owner_id)


def _copy(lot: Lot, **others: Any) -> Lot:
    """A new lot like another, with nothing disposed of."""
    names = (*EDITABLE, "card", "owner", "batch")
    same = {name: getattr(lot, name) for name in names}
    return Lot.objects.create(**same | {"key": uuid.uuid4()} | others)


def _check_names(fields: dict[str, Any]) -> None:
    unknown = [name for name in fields if name not in EDITABLE]
    if unknown:
        known = ", ".join(EDITABLE)
        message = f"A lot has no such field; it has {known}."
        raise ValidationError({name: [message] for name in unknown})
