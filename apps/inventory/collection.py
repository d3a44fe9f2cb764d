"""The page of a collection, and the same as a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import QueryDict

from mtgintel.core import cache
from mtgintel.core.constants import Condition
from mtgintel.core.money import money_text

from .forms import HoldingsForm
from .forms_lots import BulkForm
from .selectors.lots import Words, newest_change, words_of
from .selectors.values import Holdings, ValuedLot

PAGE_SIZE = 50
COLUMNS = (
    *("id", "name", "set", "collector_number", "finish", "condition", "language"),
    *("quantity", "unit_cost", "cost_currency", "currency", "price", "value", "gain"),
    *("marketplace", "as_of", "is_estimate", "is_stale", "binder", "tags", "for_trade"),
)
_Person = AbstractBaseUser | AnonymousUser


def collection_page(
    user: _Person,
    choices: QueryDict,
    bulk: BulkForm | None = None,
    ticked: Collection[int] = (),
) -> dict[str, Any]:
    """A page of what somebody holds, and the totals of all of it. `bulk` is what was
    wrong about the `ticked` lots."""
    form = HoldingsForm(choices)
    wanted = form.query()
    found = Holdings(user, wanted)
    paging = Paginator(found, PAGE_SIZE).get_page(choices.get("page"))
    return {
        "form": form,
        "currency": wanted.currency,
        "totals": found.totals,
        "paging": paging,
        "query": form.address,
        "bulk": bulk or BulkForm(initial={"cost_currency": wanted.currency}),
        "ticked": ticked,
        "change": newest_change(user),
        "words": _words(user, found),
        "conditions": Condition.choices,
    }


def _words(user: _Person, found: Holdings) -> Words:
    """Kept like the totals."""
    key = f"inventory.words:{found.state}"
    return cache.get_or_compute(key, lambda: words_of(user))


def collection_rows(user: _Person, form: HoldingsForm) -> Iterator[list[Any]]:
    """All lots asked for, as COLUMNS says."""
    wanted = form.query()
    for lot in Holdings(user, wanted)[:]:
        yield _cells(lot, wanted.currency)


def _cells(lot: ValuedLot, currency: str) -> list[Any]:
    price, value = money_text(lot.price), money_text(lot.value)
    return [
        *(lot.id, lot.name, lot.set_code, lot.collector_number, lot.finish),
        *(lot.condition, lot.language, lot.quantity, money_text(lot.unit_cost)),
        *(lot.cost_currency, currency, price, value, lot.gain),
        *(lot.marketplace, lot.as_of and lot.as_of.isoformat()),
        *(lot.is_estimate, lot.is_stale, lot.binder, ", ".join(lot.tags)),
        lot.for_trade,
    ]
