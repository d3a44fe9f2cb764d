"""Matched rows become lots, and lots that were imported go again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from apps.inventory.models import ImportBatch, Lot
from mtgintel.core.sql import load_sql

from .changed import holdings_changed
from .imports import OPEN, count, match_batch

_Status = ImportBatch.Status
# Rows that become lots at a time; between them progress is seen and a cancel heard.
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class UndoneImport:
    """Lots that went, and those that stay because some of their copies were sold."""

    removed: int
    kept: int


def advance(*, batch_id: int) -> dict[str, int]:
    """Take a batch as far as it is wanted: matched, and imported if that was said.

    Can be called again at any time: what is done is not done twice.
    """
    batch = match_batch(batch=ImportBatch.objects.get(pk=batch_id))
    is_due = batch.status == _Status.PREVIEW and batch.is_commit_wanted
    if is_due or batch.status == _Status.COMMITTING:
        batch = commit(batch=batch)
    return {"rows": batch.rows, "imported": batch.imported}


def commit(*, batch: ImportBatch) -> ImportBatch:
    """Make lots of all matched rows, some thousand at a time.

    A cancel takes away again what this batch has added. Does nothing to a batch that
    is cancelled, undone or waits to be matched.
    """
    if not begin_commit(batch=batch):
        return ImportBatch.objects.get(pk=batch.pk)
    while _import_some(batch):
        pass
    return _finish(batch)


@transaction.atomic
def begin_commit(*, batch: ImportBatch) -> bool:
    """Say that a batch is being imported; False where it cannot be."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.status not in (_Status.PREVIEW, _Status.COMMITTING, _Status.COMMITTED):
        return False
    locked.status, locked.is_commit_wanted = _Status.COMMITTING, True
    locked.save(update_fields=["status", "is_commit_wanted"])
    return True


@transaction.atomic
def _import_some(batch: ImportBatch) -> bool:
    """The next rows; False when there are none left or nobody wants them."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.is_cancel_wanted or locked.status != _Status.COMMITTING:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "import_lots"),
            {"batch_id": batch.pk, "owner_id": batch.owner_id, "limit": CHUNK},
        )
        moved, _ = cursor.fetchone()
    locked.done += moved
    locked.save(update_fields=["done"])
    return bool(moved == CHUNK)


@transaction.atomic
def _finish(batch: ImportBatch) -> ImportBatch:
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.status != _Status.COMMITTING:
        return locked
    if locked.is_cancel_wanted:
        _take_back(locked)
        locked.status, locked.text = _Status.CANCELLED, ""
    else:
        locked.status, locked.committed_at = _Status.COMMITTED, timezone.now()
        locked.text = ""
    count(locked)
    holdings_changed(locked.owner_id)
    return locked


@transaction.atomic
def cancel(*, batch: ImportBatch) -> ImportBatch:
    """Stop a batch: at once where nothing was imported, else at the next chunk.

    One that is imported already stays so; `undo` takes it back.
    """
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.status in OPEN:
        locked.status, locked.text = _Status.CANCELLED, ""
    elif locked.status == _Status.COMMITTING:
        locked.is_cancel_wanted = True
    locked.save()
    return locked


@transaction.atomic
def undo(*, batch: ImportBatch) -> UndoneImport:
    """Take away the lots a file brought, but those of which something was sold.

    Its rows can be imported again afterwards. Does nothing to one not imported.
    """
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.status != _Status.COMMITTED:
        return UndoneImport(0, 0)
    removed = _take_back(locked)
    locked.status, locked.undone_at = _Status.UNDONE, timezone.now()
    count(locked)
    holdings_changed(locked.owner_id)
    return UndoneImport(removed, Lot.objects.filter(batch=locked).count())


def _take_back(batch: ImportBatch) -> int:
    lots = Lot.objects.filter(batch=batch, owner=batch.owner_id).order_by("id")
    # Locked first: what is sold meanwhile stays.
    going = [lot.pk for lot in lots.select_for_update() if not lot.disposed]
    removed, _ = lots.with_ids(going).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "undo_import"),
            {"batch_id": batch.pk, "owner_id": batch.owner_id},
        )
    return removed
