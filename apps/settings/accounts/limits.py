"""How often one address may send a form of the door."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from mtgintel.core.api.throttling import seconds_to_wait
from mtgintel.core.security.proxies import address_of

View = Callable[..., HttpResponse]


def limited(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same routes, each with its rate of ACCOUNT_POST_RATES."""
    return [_limited(pattern) for pattern in patterns]


def _limited(pattern: URLPattern | URLResolver) -> URLPattern | URLResolver:
    if isinstance(pattern, URLResolver):
        return URLResolver(pattern.pattern, limited(pattern.url_patterns))
    view = limit_posts(pattern.callback, pattern.name or "")
    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


def limit_posts(view: View, name: str) -> View:
    """`view`, which answers 429 to an address that sends its form too often."""

    @wraps(view)
    def patient(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rates = settings.ACCOUNT_POST_RATES
        rate = rates.get(name, rates.get(""))
        if request.method == "POST" and rate:
            wait = seconds_to_wait(f"form:{name}:{address_of(request)}", rate)
            if wait:
                return _too_many(request, math.ceil(wait))
        return view(request, *args, **kwargs)

    return patient


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    page = {"until": timezone.now() + timedelta(seconds=wait), "seconds": wait}
    answer = render(request, "account/too_many.html", page, status=429)
    answer["Retry-After"] = str(wait)
    return answer
