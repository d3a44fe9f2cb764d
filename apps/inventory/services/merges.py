"""Holdings follow their card where it becomes another one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from apps.inventory.models import ImportRow, Lot
from mtgintel.core.sql import load_sql

from .changed import holdings_changed


@transaction.atomic
def follow_merges(pairs: Sequence[tuple[int, int]]) -> int:
    """Lots and rows of imports of the old card are of the new one, and so are deleted
    lots that may come back; how many lots there are."""
    moved = 0
    owners: set[int] = set()
    for old, new in pairs:
        lots = Lot.objects.filter(card_id=old)
        owners.update(lots.order_by().values_list("owner_id", flat=True).distinct())
        moved += lots.update(card_id=new)
        ImportRow.objects.filter(card_id=old).update(card_id=new)
    _move_kept(pairs)
    for owner_id in owners:
        holdings_changed(owner_id)
    return moved


def _move_kept(pairs: Sequence[tuple[int, int]]) -> None:
    parameters = {"olds": [old for old, _ in pairs], "news": [new for _, new in pairs]}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "move_kept_lots"), parameters)
