"""Every write to what somebody looks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.inventory.formats import BadRow, Entry, Options, open_text
from apps.inventory.matching import Match, MatchRules, match
from apps.inventory.models import Want
from apps.inventory.models.lots import MAX_NOTES
from apps.inventory.selectors.printings import printings_for

MAX_WANTS = 5_000
MAX_PASTED = 2_000
FIELDS = (
    *("card", "is_any_printing", "finish", "min_condition", "language", "quantity"),
    *("target_price", "currency", "priority", "notes"),
)
_FULL = f"A want list has {MAX_WANTS:,} lines at most: remove some first."


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of a pasted list: lines added, lines that were there, and what was
    not understood as (line number, reason)."""

    added: int
    present: int
    problems: tuple[tuple[int, str], ...]


@transaction.atomic
def add_want(*, owner: Any, **fields: Any) -> Want:
    """Put a line on somebody's list. Raises ValidationError by field."""
    _require_room(owner, 1)
    return _saved(Want(owner_id=owner.pk), fields)


@transaction.atomic
def change_want(*, want: Want, **fields: Any) -> Want:
    """Change what is named of a line. Raises ValidationError by field."""
    return _saved(want, fields)


def remove_want(*, want: Want) -> None:
    want.delete()


@transaction.atomic
def add_pasted(*, owner: Any, text: str, currency: str) -> Pasted:
    """Put the lines of a list of cards on somebody's list.

    A line that names no printing is of any. Raises UnreadableFileError for a text that
    is no list, ValidationError where it has too many lines.
    """
    rows = list(open_text(text, Options(format="text")).rows())
    if len(rows) > MAX_PASTED:
        raise ValidationError({"text": f"{MAX_PASTED:,} lines at once, please."})
    entries = [row for row in rows if isinstance(row, Entry)]
    bad = [(row.position, row.reason) for row in rows if isinstance(row, BadRow)]
    catalogue = printings_for(entries)
    wants, unmatched = [], []
    for entry in entries:
        found = match(entry, catalogue, MatchRules())
        want = _wanted(owner, entry, found, currency)
        if want is None:
            unmatched.append((entry.position, found.reason))
        else:
            wants.append(want)
    _require_room(owner, len(wants))
    before = Want.objects.of(owner).count()
    Want.objects.bulk_create(wants, ignore_conflicts=True, batch_size=500)
    added = Want.objects.of(owner).count() - before
    return Pasted(added, len(wants) - added, tuple(sorted(bad + unmatched)))


def follow_merged_cards(pairs: Sequence[tuple[int, int]]) -> None:
    """What was wanted of an old card is wanted of the new one, once."""
    for old, new in pairs:
        for want in Want.objects.filter(card_id=old):
            is_there = Want.objects.filter(
                owner_id=want.owner_id,
                card_id=new,
                is_any_printing=want.is_any_printing,
                finish=want.finish,
                min_condition=want.min_condition,
                language=want.language,
                currency=want.currency,
            ).exists()
            if is_there:
                want.delete()
            else:
                Want.objects.filter(pk=want.pk).update(card_id=new)


def _saved(want: Want, fields: dict[str, Any]) -> Want:
    for name, value in fields.items():
        if name not in FIELDS:
            raise ValidationError({name: "There is no such field."})
        setattr(want, name, value)
    want.full_clean()
    if len(want.notes) > MAX_NOTES:
        raise ValidationError({"notes": f"{MAX_NOTES:,} characters at most."})
    exists_in = want.card.finishes
    is_one = not want.is_any_printing and want.finish and exists_in
    if is_one and want.finish not in exists_in:
        names = ", ".join(exists_in)
        raise ValidationError({"finish": f"This printing exists in {names}."})
    want.save()
    return want


def _wanted(owner: Any, entry: Entry, found: Match, currency: str) -> Want | None:
    """A line as a want; None where no card is meant. A name alone means any printing,
    whichever of the candidates stands for it."""
    printing = found.printing or next(iter(found.candidates), None)
    reading = found.reading
    is_named = bool(reading.set_code or reading.set_name or reading.ids)
    if printing is None or (is_named and found.printing is None):
        return None
    return Want(
        owner_id=owner.pk,
        card_id=printing.id,
        is_any_printing=not is_named,
        finish=reading.finish,
        min_condition=reading.condition,
        language=reading.language,
        quantity=entry.quantity,
        currency=currency,
    )


def _require_room(owner: Any, wanted: int) -> None:
    """Raises ValidationError where a list would grow too long, also by two at once."""
    get_user_model().objects.select_for_update().get(pk=owner.pk)
    if Want.objects.of(owner).count() + wanted > MAX_WANTS:
        raise ValidationError(_FULL)
