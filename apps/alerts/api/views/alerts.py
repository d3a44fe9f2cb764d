"""Alerts for scripts; only one's own."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.alerts import tasks
from apps.alerts.api.serializers import (
    AlertBody,
    AlertListParams,
    AlertPageSerializer,
    AlertSerializer,
    ChangeBody,
    FiringPageSerializer,
    LogParams,
    SnoozeBody,
)
from apps.alerts.limits import may_test
from apps.alerts.models import Alert
from apps.alerts.selectors.rules import alert_of, alerts_of, firings_of, unseen_count
from apps.alerts.services.rules import (
    change_alert,
    create_alert,
    delete_alert,
    fire_test,
    pause,
    rearm,
    resume,
    snooze,
)
from apps.inventory.api.views.own import ERRORS, OwnView
from apps.inventory.downloads import PRIVATE
from mtgintel.core.api.bodies import Body, as_api_error
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.params import QueryParams

_NOT_FOUND = {404: ErrorSerializer, **ERRORS}


class AlertsView(OwnView):
    throttle_scope = "read"
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="alerts",
        tags=["alerts"],
        summary="Your alerts, the newest first",
        parameters=[AlertListParams],
        responses={200: AlertPageSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request) -> Response:
        wanted = AlertListParams.parse(request.query_params)
        kind = wanted.pop("kind", None)
        rows = alerts_of(request.user)
        page = page_of(rows.filter(kind=kind) if kind else rows, **wanted)
        found = page_heading(request, page) | {"results": page.object_list}
        return Response(AlertPageSerializer(found).data, headers=PRIVATE)

    @extend_schema(
        operation_id="alerts_create",
        tags=["alerts"],
        summary="Make an alert",
        request=AlertBody,
        responses={201: AlertSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        wanted = AlertBody.parse(request.data)
        try:
            made = create_alert(owner=request.user, **wanted)
        except ValidationError as error:
            raise as_api_error(error) from None
        return _answer(request, made.pk, status.HTTP_201_CREATED)


class AlertView(OwnView):
    throttle_scope = "read"
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="alert",
        tags=["alerts"],
        summary="An alert of yours",
        responses={200: AlertSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request, alert_id: int) -> Response:
        QueryParams.parse(request.query_params)
        return _answer(request, alert_id)

    @extend_schema(
        operation_id="alert_change",
        tags=["alerts"],
        summary="Change what you name of an alert; another rule begins anew",
        request=ChangeBody,
        responses={200: AlertSerializer, **_NOT_FOUND},
    )
    def patch(self, request: Request, alert_id: int) -> Response:
        QueryParams.parse(request.query_params)
        own = _own(request, alert_id)
        changes = ChangeBody.parse(request.data, partial=True)
        try:
            change_alert(alert=own, **changes)
        except ValidationError as error:
            raise as_api_error(error) from None
        return _answer(request, alert_id)

    @extend_schema(
        operation_id="alert_delete",
        tags=["alerts"],
        summary="Delete an alert; what it fired stays in the log",
        responses={204: None, **_NOT_FOUND},
    )
    def delete(self, request: Request, alert_id: int) -> Response:
        QueryParams.parse(request.query_params)
        delete_alert(alert=_own(request, alert_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AlertActionView(OwnView):
    """Pause, resume, snooze, re-arm or try an alert."""

    throttle_scope = "read"
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="alert_action",
        tags=["alerts"],
        summary="Pause, resume, snooze, re-arm or try an alert",
        description="`snooze` takes `until`, a moment; the others take nothing.",
        parameters=[
            OpenApiParameter(
                "action",
                str,
                OpenApiParameter.PATH,
                enum=["pause", "resume", "snooze", "rearm", "test"],
            )
        ],
        request=SnoozeBody,
        responses={200: AlertSerializer, 429: ErrorSerializer, **_NOT_FOUND},
    )
    def post(self, request: Request, alert_id: int, action: str) -> Response:
        QueryParams.parse(request.query_params)
        own = _own(request, alert_id)
        body = SnoozeBody if action == "snooze" else Body
        said = body.parse(request.data)
        try:
            _ACTIONS[action](request, own, **said)
        except ValidationError as error:
            raise as_api_error(error) from None
        return _answer(request, alert_id)


def _test(request: Request, alert: Alert) -> None:
    if not may_test(request.user):
        raise exceptions.Throttled(wait=3600)
    if fire_test(alert=alert):
        tasks.send_soon()


_ACTIONS: dict[str, Any] = {
    "pause": lambda _, alert: pause(alert=alert),
    "resume": lambda _, alert: resume(alert=alert),
    "snooze": lambda _, alert, until: snooze(alert=alert, until=until),
    "rearm": lambda _, alert: rearm(alert=alert),
    "test": _test,
}


class AlertLogView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="alerts_log",
        tags=["alerts"],
        summary="What your alerts fired, the newest first",
        parameters=[LogParams],
        responses={200: FiringPageSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request) -> Response:
        wanted = LogParams.parse(request.query_params)
        names = {"kind": "kind", "alert": "alert_id"}
        given = {names[one]: wanted.pop(one) for one in names if one in wanted}
        rows = firings_of(request.user).filter(**given)
        page = page_of(rows, **wanted)
        which = {"unseen": unseen_count(request.user), "results": page.object_list}
        answer = FiringPageSerializer(page_heading(request, page) | which)
        return Response(answer.data, headers=PRIVATE)


def _answer(request: Request, alert_id: int, code: int = 200) -> Response:
    own = _own(request, alert_id)
    return Response(AlertSerializer(own).data, code, headers=PRIVATE)


def _own(request: Request, alert_id: int) -> Alert:
    try:
        return alert_of(request.user, alert_id)
    except Alert.DoesNotExist:
        raise exceptions.NotFound(f"There is no alert {alert_id}.") from None
