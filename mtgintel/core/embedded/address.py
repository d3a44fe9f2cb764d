"""The address that `make run` serves on."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass
from typing import Self

from .errors import EmbeddedError

# What to open in a browser when every interface is listened on.
ALL_INTERFACES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @classmethod
    def from_environment(cls) -> Self:
        """HOST and PORT; 127.0.0.1 and 8000 where they are not set."""
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise EmbeddedError(f"PORT is {port!r}: give a number from 1 to 65535.")
        return cls(os.environ.get("HOST") or "127.0.0.1", int(port))

    @property
    def url(self) -> str:
        """What this machine's browser opens, without a slash at the end."""
        host = ALL_INTERFACES.get(self.host, self.host)
        bracketed = f"[{host}]" if ":" in host else host
        return f"http://{bracketed}:{self.port}"

    def require_free(self) -> None:
        """Raise EmbeddedError unless the address can be listened on."""
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                # As the web server does: a port that was in use a moment ago is free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
        except OSError as error:
            raise EmbeddedError(self._refusal(error)) from error

    def _refusal(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {self.port} on {self.host} is busy: stop what uses it, or "
                f"choose another, as in `make run PORT={self.port % 65535 + 1}`."
            )
        if error.errno == errno.EACCES:
            return (
                f"Port {self.port} is reserved for root: choose one from 1024 up, as "
                "in `make run PORT=8000`."
            )
        return (
            f"This machine cannot listen on {self.host} ({error.strerror}): set HOST "
            "to an address of its own, as in `make run HOST=127.0.0.1`."
        )
