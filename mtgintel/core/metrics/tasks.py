"""Background tasks are counted and timed, by name and outcome.

Celery's own hooks, which are called in the process that runs the task.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from celery.signals import task_postrun, task_prerun, task_revoked

from .counted import TASK_SECONDS, TASKS

# {task id: when it began}
_began: dict[str, float] = {}


@task_prerun.connect  # type: ignore[untyped-decorator]
def begin(task_id: str, **_: Any) -> None:
    _began[task_id] = perf_counter()


@task_postrun.connect  # type: ignore[untyped-decorator]
def end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    began = _began.pop(task_id, None)
    if began is not None:
        TASK_SECONDS.labels(task.name).observe(perf_counter() - began)


@task_revoked.connect  # type: ignore[untyped-decorator]
def revoke(request: Any, **_: Any) -> None:
    """Nobody began it in time, or somebody took it back."""
    TASKS.labels(request.task, "revoked").inc()
