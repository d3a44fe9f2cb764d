"""Holdings follow their card where it becomes another one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.inventory.models import ImportRow, Lot


@transaction.atomic
def follow_merges(pairs: Sequence[tuple[int, int]]) -> int:
    """Lots and rows of imports of the old card are of the new one; how many lots."""
    moved = 0
    for old, new in pairs:
        moved += Lot.objects.filter(card_id=old).update(card_id=new)
        ImportRow.objects.filter(card_id=old).update(card_id=new)
    return moved
