"""Copies are sold, traded or given away, and that is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.inventory.models import Disposal, Lot
from apps.inventory.selectors.lots import alike, lot_of

from .changed import holdings_changed
from .lots import locked_lot
from .rules import amount_complaints

_Kind = Disposal.Kind
MAX_RECIPIENT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Copies that went: how many, how, when (today if no day is said), to whom, and
    what each of them brought. Unknown proceeds are None, never zero; a gift has none.
    """

    quantity: int
    kind: str = _Kind.SOLD.value
    unit_proceeds: Decimal | None = None
    currency: str = ""
    disposed_on: date | None = None
    recipient: str = ""


@transaction.atomic
def dispose(
    *, owner: Any, lot_id: int, went: Departure, is_of_all_alike: bool = False
) -> list[Disposal]:
    """Record that copies of a lot went.

    `is_of_all_alike` takes them from all lots of copies just like these, those that
    came first first: then there is a disposal for each lot. Raises Lot.DoesNotExist,
    and ValidationError with what is wrong by field, above all where fewer copies were
    held on that day.
    """
    _check(went)
    lot, lots = _locked(owner, lot_id, is_of_all_alike=is_of_all_alike)
    day = went.disposed_on or timezone.localdate()
    lots = _there(lots, day)
    if not lots:
        message = f"It was got on {lot.acquired_on}; it cannot go before that."
        raise ValidationError({"disposed_on": [message]})
    _check_held(went.quantity, lots)
    made = [_take(one, copies, went, day) for one, copies in _shares(lots, went)]
    holdings_changed(lot.owner_id)
    return made


def _check(went: Departure) -> None:
    wrong: dict[str, list[str]] = {}
    for name, complaint in _complaints(went):
        wrong.setdefault(name, []).append(complaint)
    if wrong:
        raise ValidationError(wrong)


def _complaints(went: Departure) -> Iterator[tuple[str, str]]:
    if went.kind not in _Kind.values:
        yield "kind", f"“{went.kind}” is none of {', '.join(_Kind.values)}."
    if went.quantity < 1:
        yield "quantity", "One copy at least."
    if went.disposed_on and went.disposed_on > timezone.localdate():
        yield "disposed_on", "This day is yet to come."
    if len(went.recipient) > MAX_RECIPIENT:
        yield "recipient", f"{MAX_RECIPIENT} characters at most."
    if went.kind == _Kind.GIVEN and went.unit_proceeds is not None:
        yield "unit_proceeds", "A gift brings nothing: leave it empty."
    yield from amount_complaints(
        "unit_proceeds", went.unit_proceeds, "currency", went.currency
    )


def _locked(owner: Any, lot_id: int, *, is_of_all_alike: bool) -> tuple[Lot, list[Lot]]:
    """The lot, and those that copies can be of. Raises Lot.DoesNotExist."""
    if not is_of_all_alike:
        lot = locked_lot(owner, lot_id)
        return lot, [lot]
    # In the order of their ids, its own too: two that ask at once wait in turn.
    asked = lot_of(owner, lot_id)
    lots = list(alike(asked).order_by("id").select_for_update())
    for one in lots:
        if one.pk == asked.pk:
            return one, lots
    raise Lot.DoesNotExist(f"Lot {lot_id} was just changed or deleted.")


def _there(lots: Sequence[Lot], day: date) -> list[Lot]:
    """Those that were held on a day, the first that came first."""
    there = [one for one in lots if not one.acquired_on or one.acquired_on <= day]
    return sorted(there, key=lambda one: (one.acquired_on or date.min, one.pk))


def _check_held(quantity: int, lots: Sequence[Lot]) -> None:
    held = sum(one.remaining for one in lots)
    if quantity > held:
        message = f"{held:,} {'is' if held == 1 else 'are'} held; no more can go."
        raise ValidationError({"quantity": [message]})


def _shares(lots: Sequence[Lot], went: Departure) -> Iterator[tuple[Lot, int]]:
    """How many copies each lot gives."""
    wanted = went.quantity
    for lot in lots:
        copies = min(lot.remaining, wanted)
        if copies:
            yield lot, copies
        wanted -= copies


def _take(lot: Lot, copies: int, went: Departure, day: date) -> Disposal:
    lot.disposed += copies
    lot.for_trade = min(lot.for_trade, lot.remaining)
    lot.save(update_fields=["disposed", "for_trade", "updated_at"])
    return Disposal.objects.create(
        lot=lot,
        quantity=copies,
        kind=went.kind,
        unit_proceeds=went.unit_proceeds,
        currency=went.currency,
        disposed_on=day,
        recipient=went.recipient.strip(),
    )


@transaction.atomic
def undo_disposals(*, owner: Any, ids: Sequence[int]) -> int:
    """Copies that went are held again; how many. Raises Disposal.DoesNotExist where
    one of the ids is none of the owner's disposals: then nothing is undone."""
    lots = Lot.objects.of(owner).filter(disposals__in=ids).order_by("id").distinct()
    locked = Lot.objects.filter(pk__in=[one.pk for one in lots]).order_by("id")
    by_id = {lot.pk: lot for lot in locked.select_for_update()}
    found = list(Disposal.objects.of(owner).filter(pk__in=ids))
    if not found or len(found) != len(set(ids)):
        raise Disposal.DoesNotExist("Not all of these are disposals of yours.")
    for one in found:
        by_id[one.lot_id].disposed -= one.quantity
        one.delete()
    for lot in by_id.values():
        lot.save(update_fields=["disposed", "updated_at"])
    holdings_changed(owner.pk)
    return sum(one.quantity for one in found)
