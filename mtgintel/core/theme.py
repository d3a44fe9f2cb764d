"""The colours a visitor chose, kept in a cookie so that pages come in them at once."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest


class Theme(models.TextChoices):
    SYSTEM = "system", "Colours of the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


THEMES = list(Theme)
COOKIE = "theme"
COOKIE_SECONDS = 365 * 24 * 60 * 60


def theme_of(request: HttpRequest) -> str:
    """What the visitor chose, the system's colours if nothing we know."""
    chosen = request.COOKIES.get(COOKIE)
    return chosen if chosen in Theme.values else Theme.SYSTEM.value
