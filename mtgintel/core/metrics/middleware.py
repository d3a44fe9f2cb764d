"""Every request is measured and has its line in the log; who may see the metrics."""

from __future__ import annotations

import logging
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.deprecation import MiddlewareMixin
from prometheus_client import CONTENT_TYPE_LATEST

from mtgintel.core.security.proxies import FORWARDED, address_of

from .counted import REQUEST_SECONDS, REQUESTS
from .exposition import exposition

logger = logging.getLogger("mtgintel.requests")

METRICS_PATH = "/metrics"
_STARTED = "mtgintel_started"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked every few seconds by machines.
_QUIET_ROUTES = {"api-health-live", "api-health-ready", "metrics", "static"}
# Parts of addresses that open something to whoever has them.
_SECRET_PARTS = {"key", "token", "uidb36"}


class Requests(MiddlewareMixin):
    """Counts requests by route, times them, and writes their line into the log.

    It stands outside of everything that may answer. The line says no query, as queries
    have tokens in them.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        # Not in META: whoever proves that it is still them has the request of before
        # done, with its META.
        setattr(request, _STARTED, perf_counter())
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        seconds = perf_counter() - getattr(request, _STARTED)
        method = request.method if request.method in _METHODS else "other"
        route = route_of(request)
        REQUESTS.labels(method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(method, route).observe(seconds)
        logger.log(
            logging.DEBUG if route in _QUIET_ROUTES else logging.INFO,
            "%s %s %s in %.3f s",
            method,
            _shown_path(request),
            response.status_code,
            seconds,
            extra={
                "method": method,
                "route": route,
                "status": response.status_code,
                "seconds": round(seconds, 4),
                "bytes": _bytes(response),
                "address": address_of(request),
            },
        )
        return response


def route_of(request: HttpRequest) -> str:
    """The name of a route, of which there are as many as we wrote; never a path."""
    match = request.resolver_match
    if match is not None:
        return match.view_name
    if request.path_info == METRICS_PATH:
        return "metrics"
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    return "none"


def _shown_path(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is not None and _SECRET_PARTS & match.kwargs.keys():
        return f"/{match.route}"
    return request.path


def _bytes(response: HttpResponseBase) -> int | None:
    """None where it is not known before it is sent."""
    if isinstance(response, HttpResponse):
        return len(response.content)
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


class MetricsDoor(MiddlewareMixin):
    """Answers /metrics for those who may see it; nobody else learns that it is there.

    It asks nothing of what comes after: not of the host's name, as Prometheus calls us
    by that of the container, nor of sessions, which may be in a database that is gone.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path_info != METRICS_PATH or not may_see(request):
            return None
        return HttpResponse(
            exposition(),
            content_type=CONTENT_TYPE_LATEST,
            headers={"Cache-Control": "no-store"},
        )


def may_see(request: HttpRequest) -> bool:
    """With the token, or asking directly from one of the networks allowed.

    Whoever comes through a proxy needs the token, wherever they come from.
    """
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and constant_time_compare(
        given, f"Bearer {settings.METRICS_TOKEN}"
    ):
        return True
    if request.META.get(FORWARDED):
        return False
    return _is_allowed(address_of(request))


def _is_allowed(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks(*settings.METRICS_ALLOWED))


@lru_cache(maxsize=8)
def _networks(*cidrs: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, cidrs))
