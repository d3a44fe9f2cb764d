"""Routes that answer with and without a slash at their end."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path


def route(pattern: str, view: Any, name: str) -> list[URLPattern]:
    """Both spellings of a route; `reverse` gives the one without the slash."""
    return [path(f"{pattern}/", view, name=name), path(pattern, view, name=name)]
