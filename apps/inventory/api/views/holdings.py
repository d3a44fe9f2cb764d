"""What somebody holds and what it is worth, for scripts."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.inventory.api.params import (
    ExportParams,
    HoldingsParams,
    HoldingsValueParams,
)
from apps.inventory.api.portfolio import PortfolioValueSerializer, value_answer
from apps.inventory.api.serializers import HoldingPageSerializer
from apps.inventory.downloads import PRIVATE, export_response
from apps.inventory.selectors.portfolio import portfolio
from apps.inventory.selectors.values import Holdings, HoldingsQuery
from apps.settings.selectors import preferences_of
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.pages import page_heading, page_of

from .own import ERRORS, OwnView


class ExportView(OwnView):
    @extend_schema(
        operation_id="inventory_export",
        tags=["inventory"],
        summary="Everything you hold, as a file",
        parameters=[ExportParams],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "text/plain"): OpenApiTypes.STR,
            **ERRORS,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = ExportParams.parse(request.query_params)
        return export_response(request.user, wanted["format"])


class HoldingsView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="inventory_holdings",
        tags=["inventory"],
        summary="What you hold, lot by lot, and what it is worth",
        parameters=[HoldingsParams],
        responses={200: HoldingPageSerializer, 404: ErrorSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        wanted = HoldingsParams.parse(request.query_params)
        pages = {"page": wanted.pop("page"), "page_size": wanted.pop("page_size")}
        found = _holdings(request, wanted)
        page = page_of(found, **pages)
        which = {"currency": found.wanted.currency, "results": page.object_list}
        answer = HoldingPageSerializer(page_heading(request, page) | which)
        return Response(answer.data, headers=PRIVATE)


class HoldingsValueView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="inventory_value",
        tags=["inventory"],
        summary="What all you hold is worth, or what the filters leave of it",
        parameters=[HoldingsValueParams],
        responses={200: PortfolioValueSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        wanted = HoldingsValueParams.parse(request.query_params)
        found = portfolio(request.user, _holdings(request, wanted).wanted)
        return Response(value_answer(found), headers=PRIVATE)


def _holdings(request: Request, wanted: dict[str, Any]) -> Holdings:
    """In the currency asked for, else the one they prefer."""
    preferred = preferences_of(request.user).currency
    return Holdings(request.user, HoldingsQuery(**{"currency": preferred} | wanted))
