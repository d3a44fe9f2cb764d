"""What a collection is worth over time, what it consists of, and what happened."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from apps.inventory.api.portfolio import (
    ActivityParams,
    AllocationParams,
    AllocationSerializer,
    DayValueSerializer,
    HistoryParams,
    HistorySerializer,
    OwnActivitySerializer,
    history_answer,
)
from apps.inventory.downloads import PRIVATE
from apps.inventory.selectors.history import value_history, worth_on
from apps.inventory.selectors.performance import performance
from apps.inventory.selectors.portfolio import portfolio
from apps.inventory.selectors.values import HoldingsQuery
from apps.settings.selectors import preferences_of
from mtgintel.core import activity
from mtgintel.core.api.errors import ErrorSerializer

from .own import ERRORS, OwnView


class HistoryView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="inventory_history",
        tags=["inventory"],
        summary="What your collection was worth, day by day, or on one day",
        parameters=[HistoryParams],
        responses={
            200: PolymorphicProxySerializer(
                "InventoryHistory", [HistorySerializer, DayValueSerializer], None
            ),
            404: ErrorSerializer,
            **ERRORS,
        },
    )
    def get(self, request: Request) -> Response:
        wanted = HistoryParams.parse(request.query_params)
        currency = _currency(request, wanted)
        if "at" in wanted:
            return Response(_day(request, currency, wanted), headers=PRIVATE)
        history = value_history(request.user, currency, wanted["period"])
        earned = performance(request.user, history)
        answer = history_answer(history, wanted["method"], earned)
        return Response(answer, headers=PRIVATE)


def _day(request: Request, currency: str, wanted: dict[str, Any]) -> dict[str, Any]:
    found = worth_on(request.user, currency, wanted["at"], wanted.get("min_price"))
    if found is None:
        raise NotFound(f"By your lots you held nothing on {wanted['at']}.")
    worth = found.worth
    answer = DayValueSerializer(
        {
            "at": found.day,
            "currency": currency,
            "copies": worth.copies,
            "special": worth.special,
            "covered_percent": worth.covered_percent,
            "market": worth.market,
            "buylist": worth.buylist,
            "net": worth.net,
        }
    )
    return dict(answer.data)


class AllocationView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="inventory_allocation",
        tags=["inventory"],
        summary="What your collection consists of, and what won and lost most",
        parameters=[AllocationParams],
        responses={200: AllocationSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        wanted = AllocationParams.parse(request.query_params)
        query = HoldingsQuery(
            currency=_currency(request, wanted), min_price=wanted.get("min_price")
        )
        answer = AllocationSerializer(portfolio(request.user, query))
        return Response(answer.data, headers=PRIVATE)


class ActivityView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="inventory_activity",
        tags=["inventory"],
        summary="What happened in your collection, the newest first",
        parameters=[ActivityParams],
        responses={200: OwnActivitySerializer(many=True), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        wanted = ActivityParams.parse(request.query_params)
        found = activity.newest(request.user, wanted["limit"])
        return Response(OwnActivitySerializer(found, many=True).data, headers=PRIVATE)


def _currency(request: Request, wanted: dict[str, Any]) -> str:
    """The one asked for, else the one they prefer."""
    return wanted.get("currency") or preferences_of(request.user).currency
