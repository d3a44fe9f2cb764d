"""The Celery application: `celery -A mtgintel worker|beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, task_postrun, task_prerun
from structlog import contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")

app = Celery("mtgintel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By name, since whoever imports anything of this package imports this module.
app.steps["consumer"].add("mtgintel.core.heartbeat:Heartbeat")

# In the headers of a message: the request that led to the task, if one did.
REQUEST_HEADER = "request_id"

# {task id: what was bound before its task began}
_before: dict[str, Any] = {}


@before_task_publish.connect  # type: ignore[untyped-decorator]
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """A task knows by which request it was asked for; so do those it asks for."""
    if name := contextvars.get_contextvars().get("request_id"):
        headers.setdefault(REQUEST_HEADER, name)


@task_prerun.connect  # type: ignore[untyped-decorator]
def name_task_in_log(task_id: str, task: Any, **_: Any) -> None:
    """Every line of the log that a task causes says of which it is."""
    names = {"task_id": task_id, "task": task.name}
    request = task.request
    # A worker spreads the headers over the request; a task run on the spot has them.
    headers = request.headers or {}
    if name := request.get(REQUEST_HEADER) or headers.get(REQUEST_HEADER):
        names["request_id"] = name
    _before[task_id] = contextvars.bind_contextvars(**names)


@task_postrun.connect  # type: ignore[untyped-decorator]
def name_no_task_in_log(task_id: str, **_: Any) -> None:
    contextvars.reset_contextvars(**_before.pop(task_id, {}))
