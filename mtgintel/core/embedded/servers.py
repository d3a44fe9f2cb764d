"""What a keeper needs to know of a server, whichever it is."""

from __future__ import annotations

import enum
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .errors import EmbeddedError
from .keeper import KEEPERS_MARK
from .keeping import Kept
from .paths import DataPaths


class Answer(enum.Enum):
    """What a server says when asked whether it serves."""

    NONE = "nothing listens"
    BUSY = "it listens but is still starting or recovering"
    READY = "it serves"


class Server(Protocol):
    """A server of one data directory."""

    paths: DataPaths
    name: str
    title: str
    socket_dir: Path
    stop_signal: str
    stop_timeout: float
    # A pattern of the log lines that the person at the terminal should see.
    important: str

    @property
    def url(self) -> str: ...

    def prepare(self) -> None:
        """Do what is needed before the process can start; raises EmbeddedError."""

    def command(self) -> list[str]: ...

    def ask(self) -> Answer: ...

    def finish_start(self) -> None:
        """Do what is needed once it answers."""


def log_file(server: Server) -> Path:
    return server.paths.logs / f"{server.name}.log"


def kept(server: Server) -> Kept:
    """How a keeper runs a server."""
    return Kept(
        name=server.name,
        command=server.command(),
        log=os.fspath(log_file(server)),
        important=server.important,
        stop_signal=server.stop_signal,
        stop_timeout=server.stop_timeout,
        gives_up=True,
    )


def start_failed(server: Server, why: str) -> EmbeddedError:
    return EmbeddedError(
        f"{server.title} did not start ({why}): more is in {log_file(server)}."
    )


def last_words(server: Server) -> str:
    """The last line that a server itself wrote to its log, for an error message."""
    try:
        lines = log_file(server).read_text(errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    own = [line for line in lines if not line.startswith(KEEPERS_MARK)]
    return own[-1].strip() if own else "it wrote nothing"


# Recovery after a power cut reads the whole write-ahead log, which can be gigabytes.
SILENCE_LIMIT = 30.0
RECOVERY_LIMIT = 900.0


def wait_until_ready(server: Server, is_kept: Callable[[], bool]) -> None:
    """Wait for a server that a keeper has just started.

    Raises EmbeddedError when the keeper ends, when nothing listens for 30 seconds or
    when the server is still recovering after 15 minutes.
    """
    started = time.monotonic()
    while (answer := server.ask()) is not Answer.READY:
        waited = time.monotonic() - started
        limit = RECOVERY_LIMIT if answer is Answer.BUSY else SILENCE_LIMIT
        if waited > limit or not is_kept():
            raise start_failed(server, last_words(server))
        time.sleep(0.02)
