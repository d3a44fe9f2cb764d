"""Requests as views see them behind `login_required`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest


class OwnRequest(HttpRequest):
    """Of somebody who is logged in."""

    user: AbstractUser  # type: ignore[assignment]
