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
            self._python("web", "daphne", "-b", host, "-p", port, ASGI_APPLICATION),
            self._python(
                *("worker", *celery, "worker", "-l", "INFO", "-c", "2", *alone),
                # It hands unfinished tasks back to the queue; SIGTERM waits for them.
                stop_signal="SIGQUIT",
            ),
            self._python("beat", *celery, "beat", "-l", "INFO"),
        ]

    def _python(self, name: str, *module: str, stop_signal: str = "SIGTERM") -> Kept:
        return Kept(
            name=name,
            command=[sys.executable, "-m", *module],
            log=str(self.paths.logs / f"{name}.log"),
            important=r"\b(WARNING|ERROR|CRITICAL)\b",
            stop_signal=stop_signal,
            stop_timeout=STOP_TIMEOUT,
            cwd=str(self.project),
        )


ASGI_APPLICATION = "mtgintel.asgi:application"
