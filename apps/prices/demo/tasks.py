"""The demo market's clock."""

from __future__ import annotations

from celery import shared_task

from .services import tick_demo_market


@shared_task(name="prices.demo_tick")  # type: ignore[untyped-decorator]
def demo_tick() -> dict[str, int]:
    """Let the demo market move; on a real market this does nothing."""
    run = tick_demo_market()
    return {"rows_written": run.rows_written if run else 0}
