"""What the pages of recommendations show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import QueryDict

from apps.cards.models import Card
from mtgintel.core import cache

from .charts import SIDE, calibration_dots, call_chart
from .forms import RecommendationsForm, TrackRecordForm
from .maths.reasons import sentences
from .models import Kind, LedgerLine, Recommendation
from .selectors import (
    CardRecord,
    RecommendationsQuery,
    closes_around,
    find_recommendations,
    newest_advice,
    newest_call_id,
    past_calls,
    recommendations_of_card,
    record_of_card,
    track_record,
)

PAGE_SIZE = 50
HOME_CALLS = 6


@dataclass(frozen=True, slots=True)
class CallRow:
    """A recommendation as a page shows it; `reasons` are sentences."""

    call: Recommendation
    reasons: list[str]

    @property
    def outcome(self) -> Any:
        return getattr(self.call, "outcome", None)

    @property
    def closing(self) -> Any:
        return getattr(self.call, "closing", None)


def rows_of(calls: Iterable[Recommendation]) -> list[CallRow]:
    return [
        CallRow(one, list(sentences(one.reasons, one.horizon_days))) for one in calls
    ]


def list_page(choices: QueryDict) -> dict[str, Any]:
    """A page of recommendations."""
    form = RecommendationsForm(choices)
    wanted = form.choices()
    query = RecommendationsQuery(**wanted)
    paging = Paginator(find_recommendations(query), PAGE_SIZE).get_page(
        choices.get("page")
    )
    asked = {k: v for k, v in wanted.items() if v not in ("", None, 0.0)}
    return {
        "form": form,
        "wanted": query,
        "currency": query.currency,
        "day": newest_advice(query.currency),
        "newest_id": newest_call_id(query.currency),
        "paging": paging,
        "rows": rows_of(paging),
        "api_query": urlencode(asked | {"page": paging.number}),
    }


def detail_page(call: Recommendation) -> dict[str, Any]:
    """One recommendation: its reasons, its chart, and what was said besides."""
    lines = LedgerLine.objects.filter(recommendation=call).order_by("place")
    return {
        "row": rows_of([call])[0],
        "call": call,
        "currency": call.currency,
        "chart": call_chart(call, closes_around(call)),
        "others": rows_of(past_calls(call)),
        "lines": list(lines),
    }


def record_page(choices: QueryDict) -> dict[str, Any]:
    """The scoreboard, and a page of everything that was scored."""
    form = TrackRecordForm(choices)
    currency, basis = form.chosen("currency"), form.chosen("basis")
    record = track_record(currency, basis)
    query = RecommendationsQuery(
        currency=currency, state="scored", ordering="-issued_on"
    )
    paging = Paginator(find_recommendations(query), PAGE_SIZE).get_page(
        choices.get("page")
    )
    return {
        "form": form,
        "currency": currency,
        "record": record,
        "dots": calibration_dots(record.calibration),
        "side": SIDE,
        "paging": paging,
        "rows": rows_of(paging),
    }


@dataclass(frozen=True, slots=True)
class CardAdvice:
    """What the page of a card says: what stands, and how earlier trades did."""

    currency: str
    newest_id: int
    rows: list[CallRow]
    record: CardRecord


def card_advice(card: Card, currency: str) -> CardAdvice | None:
    """None where there is no advice in the currency yet."""
    if newest_advice(currency) is None:
        return None
    calls = recommendations_of_card(card.pk, currency)
    record = record_of_card(card.pk, currency)
    return CardAdvice(currency, newest_call_id(currency), rows_of(calls), record)


@dataclass(frozen=True, slots=True)
class HomeAdvice:
    """What the market page says: the newest trades that are advised."""

    currency: str
    newest_id: int
    day: date
    rows: list[CallRow]


def home_advice(currency: str) -> HomeAdvice | None:
    """None where there is no advice in the currency yet."""
    day = newest_advice(currency)
    if day is None:
        return None
    rows = cache.get_or_compute(
        f"recommendations.home:{currency}", lambda: _newest_trades(currency)
    )
    return HomeAdvice(currency, newest_call_id(currency), day, rows)


def _newest_trades(currency: str) -> list[CallRow]:
    calls = find_recommendations(RecommendationsQuery(currency=currency))
    return rows_of(calls.exclude(kind=Kind.HOLD)[:HOME_CALLS])
