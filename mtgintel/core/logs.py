"""How a line of the log looks: for people, or as JSON for programs.

Both say of which request or task they are. Secrets are taken out before, by the filter
of the handler: see mtgintel.core.security.redaction.
"""

from __future__ import annotations

import logging

import structlog
from structlog.typing import EventDict, WrappedLogger

# Those that are bound: by requests.py, live/consumer.py and mtgintel/celery.py.
_NAMES = ("request_id", "connection_id", "task_id", "task")
# What the line of a request or a socket says besides.
_FIELDS = ("method", "route", "status", "seconds", "bytes", "address", "code")


def _exception_as_it_is(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> EventDict:
    """The traceback the filter has cleaned, and no other."""
    record: logging.LogRecord = event["_record"]
    for name in ("exc_info", "stack_info"):
        event.pop(name, None)
    if record.exc_text:
        event["exception"] = record.exc_text
    if record.stack_info:
        event["stack"] = record.stack_info
    return event


class Json(structlog.stdlib.ProcessorFormatter):
    """{"event", "level", "logger", "timestamp", "request_id" …}, a line each."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(allow=_FIELDS),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _exception_as_it_is,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


class Line(logging.Formatter):
    """Time, level, logger and message, with the names of request and task behind."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        bound = structlog.contextvars.get_contextvars()
        names = "".join(f" [{name}={bound[name]}]" for name in _NAMES if name in bound)
        return super().formatMessage(record) + names
