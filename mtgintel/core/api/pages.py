"""Pages of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from .params import QueryParams

MAX_PAGE_SIZE = 100


class PageParams(QueryParams):
    page = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(
        default=50, min_value=1, max_value=MAX_PAGE_SIZE
    )


class PageSerializer(serializers.Serializer):
    """`next` and `previous` are addresses on this server; null at the ends."""

    count = serializers.IntegerField()
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def page_of(
    rows: QuerySet[Any] | Sequence[Any], *, page: int, page_size: int
) -> Page[Any]:
    """Raises NotFound for a page past the last."""
    try:
        return Paginator(rows, page_size).page(page)
    except InvalidPage:
        message = f"There is no page {page}."
        raise NotFound(message) from None


def page_heading(request: Request, page: Page[Any]) -> dict[str, Any]:
    """What PageSerializer says about a page."""

    def address(number: int) -> str:
        query = request.GET.copy()
        query["page"] = str(number)
        return f"{request.path.rstrip('/')}?{query.urlencode()}"

    return {
        "count": page.paginator.count,
        "page": page.number,
        "page_size": page.paginator.per_page,
        "next": address(page.number + 1) if page.has_next() else None,
        "previous": address(page.number - 1) if page.has_previous() else None,
    }
