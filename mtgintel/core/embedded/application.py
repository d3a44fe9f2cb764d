"""The three processes of the application, as `make run` runs them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .address import Address
from .keeping import Kept
from .paths import DataPaths

STOP_TIMEOUT = 15.0
BEAT_STARTS_AFTER = 4.0


@dataclass(frozen=True)
class Application:
    """Daphne, a Celery worker and beat, on one data directory."""

    project: Path
    paths: DataPaths
    address: Address

    def environment(self) -> dict[str, str]:
        defaults = {"DJANGO_SETTINGS_MODULE": "mtgintel.settings.dev"}
        return {
            **defaults,
            **os.environ,
            "MTGINTEL_DATA_DIR": str(self.paths.root),
            "PYTHONUNBUFFERED": "1",
        }

    def prepare_command(self) -> list[str]:
        return [sys.executable, str(self.project / "manage.py"), "prepare"]

    def processes(self) -> list[Kept]:
        host, port = self.address.host, str(self.address.port)
        celery = ("celery", "-A", "mtgintel")
        # There is nobody to gossip with.
        alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        return [
            # Requests have their lines from us, so it needs to write none.
            self._python(
                *("web", SERVER, "-v", "0", "-b", host, "-p", port, ASGI_APPLICATION)
            ),
            self._python(
                *("worker", *celery, "worker", "-l", "INFO", "-c", "2", *alone),
                # It hands unfinished tasks back to the queue; SIGTERM waits for them.
                stop_signal="SIGQUIT",
            ),
            # It sends nothing due at once, and the other two want the processor.
            self._python(
                *("beat", *celery, "beat", "-l", "INFO"), start_after=BEAT_STARTS_AFTER
            ),
        ]

    def _python(
        self,
        name: str,
        *module: str,
        stop_signal: str = "SIGTERM",
        start_after: float = 0.0,
    ) -> Kept:
        return Kept(
            name=name,
            command=[sys.executable, "-m", *module],
            log=str(self.paths.logs / f"{name}.log"),
            # That we are not ready yet is what we ask until we are.
            important=r"\b(WARNING|ERROR|CRITICAL)\b(?!.*/api/health/)",
            stop_signal=stop_signal,
            stop_timeout=STOP_TIMEOUT,
            cwd=str(self.project),
            start_after=start_after,
        )


ASGI_APPLICATION = "mtgintel.asgi:application"
# Daphne that waits for slow readers of the websocket.
SERVER = "mtgintel.core.live.server"
