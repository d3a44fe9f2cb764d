"""Changes of lots are kept for a while, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.inventory.models import Change
from apps.inventory.querysets import UNDO_FOR
from mtgintel.core.sql import load_sql

from .changed import holdings_changed

# Lots that are kept of one owner's changes; the oldest changes go first.
MAX_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class UndoneChange:
    """Lots that are as they were, and those that stay as they are because they were
    written again since, or cannot come back."""

    restored: int
    kept: int


def begin(
    *,
    owner_id: int,
    kind: str,
    ids: Sequence[int],
    summary: str,
    finish: str = "",
    language: str = "",
) -> Change:
    """Lock lots and keep them as they are, to be changed in the same transaction.

    Of the owner's lots of these ids those whose card exists in `finish` and `language`;
    the change says how many.
    """
    _forget(owner_id)
    change = Change.objects.create(
        owner_id=owner_id, kind=kind, summary=summary, made_at=timezone.now()
    )
    parameters = {
        "change_id": change.pk,
        "owner_id": owner_id,
        "ids": list(ids),
        "finish": finish,
        "language": language,
    }
    change.lots = _execute("keep_lots", parameters)
    change.save(update_fields=["lots"])
    return change


def _forget(owner_id: int) -> None:
    """Drop what is too old or too much to be taken back."""
    oldest, total, gone = timezone.now() - UNDO_FOR, 0, []
    changes = Change.objects.of(owner_id).values_list("pk", "lots", "made_at")
    for pk, lots, made_at in changes:
        total += lots
        if made_at < oldest or total > MAX_KEPT:
            gone.append(pk)
    if gone:
        Change.objects.filter(pk__in=gone).delete()


@transaction.atomic
def undo_change(*, owner: Any, change_id: int) -> UndoneChange:
    """Put lots back as they were before a change.

    Raises Change.DoesNotExist where there is none, it was undone, or is too old.
    """
    open_changes = Change.objects.of(owner).open().select_for_update()
    change = open_changes.get(pk=change_id)
    parameters = {"change_id": change.pk, "made_at": change.made_at}
    if change.kind == Change.Kind.EDITED:
        restored = _execute("undo_edit", parameters)
    else:
        restored = _count("undo_deletion", parameters)
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    change.changed_lots.all().delete()
    holdings_changed(change.owner_id)
    return UndoneChange(restored, change.lots - restored)


def delete_kept(change: Change) -> None:
    """Delete the lots of a change."""
    _execute("delete_lots", {"change_id": change.pk})


def _execute(name: str, parameters: dict[str, Any]) -> int:
    """How many rows a statement wrote."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", name), parameters)
        return int(cursor.rowcount)


def _count(name: str, parameters: dict[str, Any]) -> int:
    """The number that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", name), parameters)
        return int(cursor.fetchone()[0])
