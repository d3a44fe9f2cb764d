"""What the copies that went had cost, and what those cost that are left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from apps.inventory.maths.basis import SPECIFIC, Basis, Bought, Gone, basis
from apps.inventory.models import Disposal, Lot
from apps.settings.selectors import preferences_of
from mtgintel.core.money import SCALE, from_thousandths
from mtgintel.core.sql import load_sql

_Person = AbstractBaseUser | AnonymousUser


def basis_of(user: _Person, card_ids: Iterable[int] | None = None) -> Basis:
    """What went had cost, and what is left of the like costs, by the method its owner
    prefers; of all cards, or of these. Lots of which no like copy went are left out:
    what they hold costs what they say."""
    cards = None if card_ids is None else list(card_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "pools"), {"owner_id": user.pk, "card_ids": cards}
        )
        bought = [_bought(row) for row in cursor]
    gone = Disposal.objects.of(user)
    if cards is not None:
        gone = gone.filter(lot__card_id__in=cards)
    columns = ("id", "lot_id", "quantity", "disposed_on")
    rows = gone.order_by().values_list(*columns)
    return basis(bought, [Gone(*row) for row in rows], preferences_of(user).cost_basis)


def carried_costs(user: _Person) -> dict[int, int]:
    """What is left of lots costs by the method its owner prefers, in thousandths, where
    that is not what the lots themselves say: copies like theirs went."""
    if preferences_of(user).cost_basis == SPECIFIC:
        return {}
    held = {key: cost for key, cost in basis_of(user).held.items() if cost is not None}
    own = Lot.objects.of(user).with_ids(list(held))
    said = own.values_list("pk", "unit_cost", "quantity", "disposed")
    return {
        key: int(held[key] * SCALE)
        for key, cost, quantity, disposed in said
        if held[key] != (cost or 0) * (quantity - disposed)
    }


def _bought(row: tuple[Any, ...]) -> Bought:
    lot_id, goods, quantity, cost, currency, on = row
    known = None if cost is None else from_thousandths(cost)
    return Bought(lot_id, goods, quantity, known, currency, on)
