"""Upkeep of accounts."""

from __future__ import annotations

from celery import shared_task

from .services import forget_expired


@shared_task(name="preferences.forget_expired")  # type: ignore[untyped-decorator]
def forget_expired_task() -> dict[str, int]:
    return forget_expired()
