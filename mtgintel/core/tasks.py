"""Tasks of the core."""

from __future__ import annotations

from celery import shared_task

from . import cache, derived


@shared_task(name=derived.TASK)  # type: ignore[untyped-decorator]
def catch_up() -> dict[str, int]:
    """What is derived from prices in the background."""
    done = derived.catch_up()
    if done:
        cache.bump()
    return {"ranges": done}
