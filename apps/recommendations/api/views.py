"""Reads of recommendations."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.prices.selectors import newest_observation
from apps.recommendations import selectors
from apps.recommendations.downloads import ledger_response
from apps.recommendations.models import Recommendation
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.params import QueryParams
from mtgintel.core.api.views import Answer, PublicRead

from . import params, serializers


class RecommendationsView(PublicRead):
    """What to buy, sell or hold, and what became of what was said before

    At most one stands for a printing, finish and horizon. The newest first.
    """

    params = params.RecommendationsParams
    answer_serializer = serializers.RecommendationPageSerializer
    tag = "recommendations"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        pages = {"page": wanted.pop("page"), "page_size": wanted.pop("page_size")}
        query = selectors.RecommendationsQuery(**wanted)
        page = page_of(selectors.find_recommendations(query), **pages)
        day = selectors.newest_advice(query.currency)
        which = {"currency": query.currency, "day": day}
        heading = page_heading(self.request, page) | which
        found = heading | {"results": page.object_list}
        as_of = newest_observation(query.currency)
        return Answer(self.answer_serializer(found).data, as_of)


class RecommendationView(PublicRead):
    """One recommendation with its reasons, its end and its outcome"""

    answer_serializer = serializers.RecommendationSerializer
    tag = "recommendations"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        try:
            call = selectors.get_recommendation(kwargs["pk"])
        except Recommendation.DoesNotExist:
            message = f"There is no recommendation {kwargs['pk']}."
            raise NotFound(message) from None
        as_of = newest_observation(call.currency)
        return Answer(self.answer_serializer(call).data, as_of)


class TrackRecordView(PublicRead):
    """How good the advice was: hit rates, returns after fees, calibration

    Everything that has been scored in one currency, misses and missing data included.
    """

    params = params.TrackRecordParams
    answer_serializer = serializers.TrackRecordSerializer
    tag = "recommendations"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        record = selectors.track_record(**wanted)
        as_of = newest_observation(wanted["currency"])
        return Answer(self.answer_serializer(record).data, as_of)


class OwnRecommendationsView(APIView):
    """What stands for what you own; only yours, never in the public ledger"""

    permission_classes = [IsAuthenticated]
    throttle_scope = "read"

    @extend_schema(
        operation_id="own_recommendations",
        tags=["recommendations"],
        responses={
            200: serializers.OwnRecommendationsSerializer,
            400: ErrorSerializer,
            401: ErrorSerializer,
        },
    )
    def get(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        calls = selectors.own_recommendations(request.user)
        answer = serializers.OwnRecommendationsSerializer({"results": calls})
        return Response(answer.data, headers={"Cache-Control": "private, no-store"})


class LedgerView(APIView):
    """Everything that was ever said, line by line with its hash"""

    throttle_scope = "download"
    authentication_classes: list[type] = []

    @extend_schema(
        operation_id="ledger",
        tags=["recommendations"],
        parameters=[params.LedgerParams],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
            400: ErrorSerializer,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        wanted = params.LedgerParams.parse(request.query_params)
        return ledger_response(request, wanted["form"])
