"""What gunicorn itself says, in the form of our own log: `--logger-class`.

Its access log stays off: requests have their line from mtgintel.core.metrics.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from gunicorn import glogging

from .logs import Json, Line
from .security.redaction import RedactSecrets


class Logger(glogging.Logger):
    """Starts, stops and errors of gunicorn and its workers."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Json() if settings.LOG_FORMAT == "json" else Line())
            handler.addFilter(RedactSecrets())
