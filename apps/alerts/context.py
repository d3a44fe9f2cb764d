"""The bell in the frame of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .selectors.rules import bell_count


def bell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: asks when a template uses it, and then only for who is signed
    in."""
    return {
        "unseen_alerts": lambda: (
            bell_count(request.user) if request.user.is_authenticated else 0
        )
    }
