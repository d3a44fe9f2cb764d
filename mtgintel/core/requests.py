"""One name per request, in every line of the log that it causes and in its answer."""

from __future__ import annotations

import re
import uuid

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from structlog import contextvars

HEADER = "X-Request-ID"
_META = "HTTP_X_REQUEST_ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds(MiddlewareMixin):
    """Stands behind TrustedProxies, which drops what a stranger calls his request."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        given = request.META.get(_META, "")
        name = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        request.META[_META] = name
        # A thread that serves one request after the other keeps what was bound.
        contextvars.clear_contextvars()
        contextvars.bind_contextvars(request_id=name)
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response[HEADER] = id_of(request)
        return response


def id_of(request: HttpRequest) -> str:
    """The name of a request; "" when it never came through the middleware."""
    name: str = request.META.get(_META, "")
    return name
