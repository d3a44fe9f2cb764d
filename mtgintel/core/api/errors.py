"""Every error of the API as {"code", "message", "extra"}."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseServerError,
    JsonResponse,
)
from django.template.loader import render_to_string
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.views import exception_handler as drf_exception_handler

from mtgintel.core import replica
from mtgintel.core.requests import id_of
from mtgintel.core.security import refusals

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
RETRY_AFTER_SECONDS = "5"


class ErrorSerializer(serializers.Serializer):
    """`code` is for programs, `message` for people; `extra` holds what belongs to
    the error, such as the complaints about each parameter."""

    code = serializers.CharField()
    message = serializers.CharField()
    extra = serializers.DictField()


class DatabaseUnavailable(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "The database does not answer; try again in a moment."


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response to an error; None leaves an unforeseen one to `server_error`."""
    if isinstance(error, OperationalError | InterfaceError):
        if replica.was_read():
            # The primary is asked next.
            return None
        logger.warning("the database does not answer: %s", error)
        error = DatabaseUnavailable()
    response = drf_exception_handler(error, context)
    if response is not None:
        response.data = _body(error, response)
    return response


def _body(error: Exception, response: Response) -> dict[str, Any]:
    details: Any = response.data
    if isinstance(error, ValidationError):
        named = details if isinstance(details, dict) else {"": details}
        complaints = [
            f"{name}: {' '.join(map(str, texts))}".removeprefix(": ")
            for name, texts in named.items()
        ]
        return _error("invalid", "; ".join(complaints), **named)
    detail = details["detail"]
    wait = response.get("Retry-After")
    extra = {"wait_seconds": int(wait)} if wait else {}
    return _error(detail.code, str(detail), **extra)


def _error(code: str, message: str, **extra: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "extra": extra}


class UnknownRoute(APIView):
    """Any address under /api/ that is no route."""

    schema = None
    authentication_classes: list[type] = []
    throttle_classes: list[type] = []

    def http_method_not_allowed(
        self, request: Any, *_args: Any, **_kwargs: Any
    ) -> Response:
        message = f"There is no {request.path}; /api/docs lists what there is."
        raise NotFound(message)

    options = http_method_not_allowed


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: what went wrong is in the log, never in the response."""
    request_id = id_of(request)
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _unavailable(request, request_id)
    if not request.path.startswith(API_PREFIX):
        page = render_to_string("500.html", {"request_id": request_id})
        return HttpResponseServerError(page)
    message = "Something went wrong here; it has been logged."
    found = {"request_id": request_id} if request_id else {}
    return JsonResponse(_error("server_error", message, **found), status=500)


def _unavailable(request: HttpRequest, request_id: str) -> HttpResponse:
    """The database is away, as for the seconds of a restart: who asks again gets it."""
    if request.path.startswith(API_PREFIX):
        body = _error("unavailable", str(DatabaseUnavailable.default_detail))
        response: HttpResponse = JsonResponse(body)
    else:
        context = {"request_id": request_id, "is_away": True}
        response = HttpResponse(render_to_string("500.html", context))
    response.status_code = DatabaseUnavailable.status_code
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: a request that Django itself refuses."""
    if not request.path.startswith(API_PREFIX):
        return refusals.bad_request_page(exception)
    return JsonResponse(_error("bad_request", refusals.why_bad(exception)), status=400)
