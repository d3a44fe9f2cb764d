"""/api/status: the status page for programs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.prices.status.service import State, service_status
from mtgintel.core.health import NO_STORE, HealthView

STATES = [(state.value, state.value) for state in State]


class ServicePartSerializer(serializers.Serializer):
    name = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    message = serializers.CharField(source="says")


class ServiceSourceSerializer(serializers.Serializer):
    """A price stream; it is stale once its newest price is older than
    `freshness_hours`."""

    marketplace = serializers.SlugField()
    name = serializers.CharField()
    as_of = serializers.DateTimeField()
    age_seconds = serializers.IntegerField()
    freshness_hours = serializers.IntegerField()
    is_stale = serializers.BooleanField()


class ServiceIncidentSerializer(serializers.Serializer):
    message = serializers.CharField()
    began_at = serializers.DateTimeField()
    over_at = serializers.DateTimeField(allow_null=True)


class ServiceStatusSerializer(serializers.Serializer):
    state = serializers.ChoiceField(STATES)
    message = serializers.CharField(source="sentence")
    checked_at = serializers.DateTimeField()
    parts = ServicePartSerializer(many=True)
    sources = ServiceSourceSerializer(many=True)
    incidents = ServiceIncidentSerializer(many=True)


class StatusView(HealthView):
    """Whether everything works, part by part

    What the status page shows: each part of the service, each source of prices, and
    the incidents of the last 7 days. 503, with the same fields, while the database is
    away; `sources` and `incidents` are empty then.
    """

    @extend_schema(
        operation_id="status",
        tags=["health"],
        responses={200: ServiceStatusSerializer, 503: ServiceStatusSerializer},
    )
    def get(self, _request: Request) -> Response:
        found = service_status()
        code = 503 if found.state is State.DOWN else 200
        body = ServiceStatusSerializer(found).data
        return Response(body, status=code, headers=NO_STORE)
