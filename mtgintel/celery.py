"""The Celery application: `celery -A mtgintel worker|beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun
from structlog import contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")

app = Celery("mtgintel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By name, since whoever imports anything of this package imports this module.
app.steps["consumer"].add("mtgintel.core.heartbeat:Heartbeat")


@task_prerun.connect  # type: ignore[untyped-decorator]
def name_task_in_log(task_id: str, task: Any, **_: Any) -> None:
    """Every line of the log that a task causes says of which it is."""
    contextvars.bind_contextvars(task_id=task_id, task=task.name)


@task_postrun.connect  # type: ignore[untyped-decorator]
def name_no_task_in_log(**_: Any) -> None:
    contextvars.unbind_contextvars("task_id", "task")
