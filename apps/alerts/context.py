"""The bell in the frame of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .selectors.rules import unseen_count


def bell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: asks the database when a template uses it, and then only for
    who is signed in."""
    return {
        "unseen_alerts": lambda: (
            unseen_count(request.user) if request.user.is_authenticated else 0
        )
    }
