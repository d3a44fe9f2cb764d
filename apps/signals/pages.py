"""What the pages of signals show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import QueryDict

from apps.cards.models import Card
from mtgintel.core.money import money_text

from .figures import WAYS, SignalRow, rows_of, values_of
from .forms import SignalsForm
from .maths.detectors import Kind
from .selectors import (
    SignalsQuery,
    find_signals,
    newest_signal_day,
    signal_counts,
    signal_record,
    signals_of_card,
)

PAGE_SIZE = 50
# A download has the whole list, up to as many as a spreadsheet is still quick with.
MAX_DOWNLOADED = 10_000
COLUMNS = (
    *("day", "kind", "version", "name", "set", "collector_number", "scryfall_id"),
    *("finish", "currency", "price", "marketplace", "direction", "strength"),
    *("confidence", "observations", "values"),
)


def signals_page(choices: QueryDict, kind: Kind | None = None) -> dict[str, Any]:
    """The board, or the page of one kind: counts of the day, and a page of signals."""
    form = SignalsForm(choices)
    wanted = _query(form, kind)
    day = wanted.day or newest_signal_day(wanted.currency)
    paging = Paginator(find_signals(wanted), PAGE_SIZE).get_page(choices.get("page"))
    asked = {k: v for k, v in form.cleaned_data.items() if v not in ("", None)}
    if kind:
        asked["kind"] = kind.slug
    return {
        "form": form,
        "kind": kind,
        "currency": wanted.currency,
        "day": day,
        "counts": signal_counts(wanted.currency, day),
        "paging": paging,
        "rows": rows_of(paging),
        "record": signal_record(wanted.currency)[kind.slug] if kind else [],
        "csv_query": urlencode(asked),
        "api_query": urlencode(asked | {"page": paging.number}),
    }


def signal_rows(form: SignalsForm) -> Iterator[tuple[object, ...]]:
    """What the form asks for as rows of COLUMNS, amounts with a point."""
    for one in find_signals(_query(form))[:MAX_DOWNLOADED]:
        card = one.card
        values = " ".join(f"{name}={value}" for name, value in values_of(one).items())
        yield (
            *(one.day, one.kind, one.version, card.name, card.set_code),
            *(card.collector_number, card.scryfall_id, one.finish, one.currency),
            *(money_text(one.price), one.marketplace.slug, WAYS[one.direction]),
            *(one.strength, one.confidence, one.observations, values),
        )


def _query(form: SignalsForm, kind: Kind | None = None) -> SignalsQuery:
    wanted = form.choices() | ({"kind": kind.slug} if kind else {})
    return SignalsQuery(**wanted)


@dataclass(frozen=True, slots=True)
class CardSignals:
    """What the page of a card says about its newest day."""

    day: date
    currency: str
    rows: list[SignalRow]


def card_signals(card: Card, currency: str) -> CardSignals | None:
    """None where nothing was looked at yet."""
    day = newest_signal_day(currency)
    if day is None:
        return None
    return CardSignals(day, currency, rows_of(signals_of_card(card.pk, currency)))
