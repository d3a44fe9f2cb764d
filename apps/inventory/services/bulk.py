"""Many lots are changed or deleted at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Func, TextField, Value

from apps.inventory.models import Change, Lot
from mtgintel.core.constants import Condition, Finish, Language

from .changed import holdings_changed
from .changes import begin, delete_kept
from .rules import MAX_BINDER, amount_complaints, tag_complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsEdit:
    """What becomes of lots; "" and None leave that as it is.

    `binder` is "" for none. `is_for_trade` offers all copies that are held, or none.
    `unit_cost` comes with its currency; `is_cost_unknown` forgets both.
    """

    condition: str = ""
    finish: str = ""
    language: str = ""
    binder: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    is_for_trade: bool | None = None
    unit_cost: Decimal | None = None
    cost_currency: str = ""
    is_cost_unknown: bool = False


@dataclass(frozen=True, slots=True)
class ChangedLots:
    """The change, which can be undone, and how many lots were left as they were: their
    card does not exist in the finish or language wanted."""

    change: Change
    kept: int


@transaction.atomic
def edit_lots(*, owner: Any, ids: Sequence[int], edit: LotsEdit) -> ChangedLots:
    """Change all of somebody's lots of these ids alike.

    Ids of nobody's lots, and another's, are passed over. A lot whose card does not
    exist in the finish or language wanted is left as it is, in everything. Raises
    ValidationError with what is wrong by field.
    """
    _check(edit)
    found = Lot.objects.of(owner).with_ids(ids).count()
    change = begin(
        owner_id=owner.pk,
        kind=Change.Kind.EDITED,
        ids=ids,
        summary=_summary(edit)[:300],
        finish=edit.finish,
        language=edit.language,
    )
    changed = Lot.objects.filter(pk__in=change.changed_lots.values("lot_id"))
    changed.update(**_values(edit), updated_at=change.made_at)
    holdings_changed(owner.pk)
    return ChangedLots(change, found - change.lots)


@transaction.atomic
def delete_lots(*, owner: Any, ids: Sequence[int]) -> Change:
    """Delete all of somebody's lots of these ids, with what is recorded of their
    sales. Can be undone."""
    change = begin(
        owner_id=owner.pk, kind=Change.Kind.DELETED, ids=ids, summary="Deleted"
    )
    delete_kept(change)
    holdings_changed(owner.pk)
    return change


def _check(edit: LotsEdit) -> None:
    wrong: dict[str, list[str]] = {}
    for name, complaint in _complaints(edit):
        wrong.setdefault(name, []).append(complaint)
    if wrong:
        raise ValidationError(wrong)
    if edit == LotsEdit():
        raise ValidationError({"": ["Say what is to become of these lots."]})


def _complaints(edit: LotsEdit) -> Iterator[tuple[str, str]]:
    for name, kind in (
        ("condition", Condition),
        ("finish", Finish),
        ("language", Language),
    ):
        value = getattr(edit, name)
        if value and value not in kind.values:
            yield name, f"“{value}” is none of {', '.join(kind.values)}."
    if edit.binder is not None and len(edit.binder) > MAX_BINDER:
        yield "binder", f"{MAX_BINDER} characters at most."
    yield from amount_complaints(
        "unit_cost", edit.unit_cost, "cost_currency", edit.cost_currency
    )
    if edit.is_cost_unknown and edit.unit_cost is not None:
        yield "unit_cost", "Either an amount, or that it is unknown."
    for name in ("add_tags", "remove_tags"):
        yield from ((name, each) for each in tag_complaints(getattr(edit, name)))


def _values(edit: LotsEdit) -> dict[str, Any]:
    """The columns that are written."""
    values: dict[str, Any] = {
        name: value
        for name in ("condition", "finish", "language")
        if (value := getattr(edit, name))
    }
    if edit.binder is not None:
        values["binder"] = edit.binder.strip()
    if edit.add_tags or edit.remove_tags:
        values["tags"] = _tags(edit)
    if edit.is_for_trade is not None:
        held = F("quantity") - F("disposed")
        values["for_trade"] = held if edit.is_for_trade else 0
    if edit.unit_cost is not None or edit.is_cost_unknown:
        values |= {"unit_cost": edit.unit_cost, "cost_currency": edit.cost_currency}
    return values


def _tags(edit: LotsEdit) -> Func:
    """Without the removed ones, the added ones once and at the end."""
    texts = ArrayField(TextField())
    tags: Any = Func(F("tags"), template="%(expressions)s::text[]", output_field=texts)
    for tag in (*edit.remove_tags, *edit.add_tags):
        tags = Func(tags, Value(tag), function="array_remove", output_field=texts)
    added = Value(list(edit.add_tags), output_field=texts)
    return Func(tags, added, function="array_cat", output_field=texts)


def _summary(edit: LotsEdit) -> str:
    """What was done, in words: "Lightly Played, binder “Trades”"."""
    return ", ".join(_words(edit))


def _words(edit: LotsEdit) -> Iterator[str]:
    if edit.condition:
        yield Condition(edit.condition).label
    if edit.finish:
        yield Finish(edit.finish).label
    if edit.language:
        yield Language(edit.language).label
    if edit.binder is not None:
        name = edit.binder.strip()
        yield f"binder “{name}”" if name else "no binder"
    yield from (f"tagged “{tag}”" for tag in edit.add_tags)
    yield from (f"no longer tagged “{tag}”" for tag in edit.remove_tags)
    if edit.is_for_trade is not None:
        yield "for trade" if edit.is_for_trade else "not for trade"
    if edit.unit_cost is not None:
        yield f"cost {edit.unit_cost} {edit.cost_currency} each"
    if edit.is_cost_unknown:
        yield "cost unknown"
