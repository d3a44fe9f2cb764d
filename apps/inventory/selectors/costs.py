"""What the copies that went had cost, and what those cost that are left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from apps.inventory.maths.basis import SPECIFIC, Basis, Bought, Gone, basis
from apps.inventory.models import Disposal, Lot
from apps.settings.models import UserPreferences
from apps.settings.selectors import DEFAULTS, preferences_of
from mtgintel.core.money import SCALE, from_thousandths
from mtgintel.core.sql import load_sql

_Person = AbstractBaseUser | AnonymousUser


def basis_of(user: _Person, card_ids: Iterable[int] | None = None) -> Basis:
    """What went had cost, and what is left of the like costs, by the method its owner
    prefers; of all cards, or of these. Lots of which no like copy went are left out:
    what they hold costs what they say."""
    cards = None if card_ids is None else list(card_ids)
    return _basis_of({user.pk: preferences_of(user).cost_basis}, cards)


def carried_costs(user: _Person) -> dict[int, int]:
    """What is left of lots costs by the method its owner prefers, in thousandths, where
    that is not what the lots themselves say: copies like theirs went."""
    return _carried({user.pk: preferences_of(user).cost_basis})


def everybodys_carried_costs(owner_ids: Iterable[int]) -> dict[int, int]:
    """The same of all lots of several owners, each by their own method."""
    sold = Disposal.objects.filter(lot__owner_id__in=owner_ids).order_by()
    owners = sold.values_list("lot__owner_id", flat=True).distinct()
    methods = dict.fromkeys(owners, DEFAULTS.cost_basis)
    if not methods:
        return {}
    said = UserPreferences.objects.filter(user_id__in=list(methods))
    return _carried(methods | dict(said.values_list("user_id", "cost_basis")))


def _carried(methods: Mapping[Any, str]) -> dict[int, int]:
    methods = {owner: each for owner, each in methods.items() if each != SPECIFIC}
    if not methods:
        return {}
    found = _basis_of(methods, None).held
    held = {key: cost for key, cost in found.items() if cost is not None}
    said = Lot.objects.with_ids(list(held)).order_by()
    return {
        key: int(held[key] * SCALE)
        for key, cost, quantity, disposed in said.values_list(
            "pk", "unit_cost", "quantity", "disposed"
        )
        if held[key] != (cost or 0) * (quantity - disposed)
    }


def _basis_of(methods: Mapping[Any, str], card_ids: list[int] | None) -> Basis:
    """Of the lots of some owners, by the method of each."""
    bought: dict[str, list[Bought]] = {method: [] for method in methods.values()}
    parameters = {"owner_ids": list(methods), "card_ids": card_ids}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "pools"), parameters)
        for owner_id, *lot in cursor:
            bought[methods[owner_id]].append(_bought(lot))
    gone: dict[str, list[Gone]] = {method: [] for method in bought}
    known = {lot.id for lots in bought.values() for lot in lots}
    for owner_id, *columns in _gone(list(methods), card_ids):
        one = Gone(*columns)
        # What goes between the two statements counts the next time.
        if one.lot in known:
            gone[methods[owner_id]].append(one)
    found = Basis()
    for method, lots in bought.items():
        part = basis(lots, gone[method], method)
        found.gone |= part.gone
        found.held |= part.held
    return found


def _gone(
    owner_ids: list[Any], card_ids: list[int] | None
) -> Iterable[tuple[Any, ...]]:
    rows = Disposal.objects.filter(lot__owner_id__in=owner_ids).order_by()
    if card_ids is not None:
        rows = rows.filter(lot__card_id__in=card_ids)
    return rows.values_list("lot__owner_id", "id", "lot_id", "quantity", "disposed_on")


def _bought(row: list[Any]) -> Bought:
    lot_id, goods, quantity, cost, currency, on = row
    known = None if cost is None else from_thousandths(cost)
    return Bought(lot_id, goods, quantity, known, currency, on)
