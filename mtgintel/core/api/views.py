"""The base of every public read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from zlib import crc32

import orjson
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mtgintel.core import cache, caching
from mtgintel.core.constants import Currency

from .params import QueryParams
from .schema import ReadSchema


@dataclass(frozen=True, slots=True)
class Answer:
    """What a read found: data for JSON, or JSON already; `as_of` is how new."""

    data: Any
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Rendered:
    """An answer as it is kept in the cache: bytes, never objects."""

    body: bytes
    headers: dict[str, str]


class PublicRead(APIView):
    """Answers from the cache, or before that with 304.

    The ETag names the state of the data, the query, and a span of `fresh_for`
    seconds, as answers also speak of "now"; so it is known before any work is done.
    """

    params: type[QueryParams] = QueryParams
    answer_serializer: type[serializers.Serializer]
    tag = "market"
    throttle_scope = "read"
    fresh_for = 300
    # Whether an answer is made of prices in the currency asked for (dollars if none)
    # and nothing else, so that prices in others leave it as it is.
    is_of_one_currency = False
    schema = ReadSchema()
    # Nobody's answer depends on who asks, and a session would make it private.
    authentication_classes: list[type] = []

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        raise NotImplementedError

    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        key = self._key(request)
        scope = self._scope(request)
        etag = _etag(cache.data_version(scope), key)
        if etag and etag in _known_to(request):
            return HttpResponse(status=304, headers=_headers(etag))
        rendered = cache.get_or_compute(
            key,
            lambda: self._render(request, etag, kwargs),
            scope=scope,
            timeout=self.fresh_for,
        )
        if request.accepted_renderer.format != "json":
            return Response(orjson.loads(rendered.body))
        return HttpResponse(
            rendered.body, content_type="application/json", headers=rendered.headers
        )

    def _scope(self, request: Request) -> str:
        currency = request.query_params.get("currency", Currency.USD.value)
        # Any other value is refused anyway.
        is_part = self.is_of_one_currency and currency in Currency.values
        return cache.of_currency(currency) if is_part else cache.MARKET

    def _key(self, request: Request) -> str:
        query = sorted(request.query_params.lists())
        text = f"{request.path.rstrip('/')}?{query}"
        # Each query's spans begin at a moment of their own.
        offset = crc32(text.encode()) % self.fresh_for
        span = int((time.time() + offset) // self.fresh_for)
        return f"api:{blake2b(f'{text}#{span}'.encode(), digest_size=16).hexdigest()}"

    def _render(self, request: Request, etag: str, kwargs: dict[str, Any]) -> _Rendered:
        answer = self.answer(self.params.parse(request.query_params), **kwargs)
        data = answer.data
        body = (
            data
            if isinstance(data, bytes)
            else orjson.dumps(data, option=orjson.OPT_UTC_Z)
        )
        headers = _headers(etag)
        if answer.as_of:
            headers["X-Data-As-Of"] = answer.as_of.isoformat()
        return _Rendered(body, headers)


def _etag(version: str, key: str) -> str:
    """Strong; "" while the state of the data is unknown."""
    return f'"{version}-{key.removeprefix("api:")}"' if version else ""


def _known_to(request: Request) -> list[str]:
    header = request.META.get("HTTP_IF_NONE_MATCH", "")
    # A proxy that compressed our answer made its ETag weak.
    return [etag.removeprefix("W/") for etag in parse_etags(header)]


def _headers(etag: str) -> dict[str, str]:
    headers = {caching.HEADER: caching.PUBLIC}
    return {**headers, "ETag": etag} if etag else headers
