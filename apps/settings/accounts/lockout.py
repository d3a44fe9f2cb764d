"""After five wrong tries the door stays shut for a while, and says until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mtgintel.core.security.proxies import address_of

_LONGEST = 255


def name_of(credentials: Mapping[str, Any] | None) -> str:
    """The name or e-mail address that was tried, as failures are counted by it."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or ""
    return str(name).lower()[:_LONGEST]


def name_tried(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """For django-axes."""
    return name_of(credentials)


def second_factor_of(user: AbstractUser) -> dict[str, str]:
    """Under what name wrong codes are counted: apart from wrong passwords."""
    return {"username": f"second factor of user {user.pk}"}


def is_locked(request: HttpRequest, credentials: dict[str, str]) -> bool:
    """Whether the door is shut for these credentials; marks the request if so."""
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out = True  # type: ignore[attr-defined]
    request.axes_credentials = credentials  # type: ignore[attr-defined]
    return True


def count_failure(request: HttpRequest, credentials: dict[str, str]) -> None:
    """One more wrong try."""
    AxesProxyHandler.user_login_failed(None, credentials, request)


def forgive(request: HttpRequest, name: str) -> None:
    """Forget what failed before the right try, from this address."""
    if name:
        reset(ip=address_of(request), username=name)


def locked_out(request: HttpRequest, *_answers: Any) -> HttpResponse:
    """The page of those locked out; the same whether the account exists or not."""
    until = _locked_until(request)
    wait = max(1, int((until - timezone.now()).total_seconds()))
    page = {"until": _whole_minute(until), "minutes": -(-wait // 60)}
    answer = render(request, "account/locked.html", page, status=429)
    answer["Retry-After"] = str(wait)
    answer["Cache-Control"] = "no-store"
    return answer


def _whole_minute(moment: datetime) -> datetime:
    """The first at or after it: at the time that is said, the door is open."""
    later = moment + timedelta(minutes=1, microseconds=-1)
    return later.replace(second=0, microsecond=0)


def _locked_until(request: HttpRequest) -> datetime:
    """From the last failure on; tries while the door is shut do not count."""
    credentials = getattr(request, "axes_credentials", None)
    tries = AccessAttempt.objects.filter(
        username=name_of(credentials), ip_address=address_of(request)
    )
    last = tries.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return last + settings.AXES_COOLOFF_TIME
