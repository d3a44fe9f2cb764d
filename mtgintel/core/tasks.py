"""Tasks of the core."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import alarms, cache, derived
from .single import single_instance


@shared_task(name=derived.TASK)  # type: ignore[untyped-decorator]
def catch_up() -> dict[str, int]:
    """What is derived from prices in the background."""
    done = derived.catch_up()
    if done:
        cache.bump()
    return {"ranges": done}


@shared_task(name="core.watch")  # type: ignore[untyped-decorator]
@single_instance("watch", seconds=240)
def watch() -> dict[str, int]:
    """What operators should know of."""
    return alarms.look(timezone.now())
