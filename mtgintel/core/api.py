"""What every API view shares: the shape of errors and of pages."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as {"code", "message", "extra"}."""
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    details = response.data
    code, message, extra = "error", str(error), {}
    if isinstance(error, APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else error.default_code
    if isinstance(details, dict) and set(details) == {"detail"}:
        message = str(details["detail"])
        code = getattr(details["detail"], "code", code)
    elif isinstance(details, dict):
        message = "; ".join(
            f"{name}: {' '.join(map(str, texts))}" for name, texts in details.items()
        )
        extra = details
    response.data = {"code": code, "message": message, "extra": extra}
    return response


class PagePagination(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 100

