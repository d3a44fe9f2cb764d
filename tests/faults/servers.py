"""A server that answers as it is told to, down to the bytes."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket], None]


def response(
    body: bytes, status: str = "200 OK", *, length: int | None = None, **headers: str
) -> bytes:
    """A whole answer; `length` is what it claims its body has."""
    lines = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body) if length is None else length),
        "Connection": "close",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class RawServer:
    """Answers every request with the next of `answers`, in the end with the last."""

    def __init__(self) -> None:
        self.answers: list[Answer | bytes] = []
        self.requests: list[bytes] = []
        self.closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,)).start()

    def close(self) -> None:
        self.closing.set()
        # Wakes up who waits in accept, which close alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def hang(self, connection: socket.socket) -> None:
        """Say nothing until the client has enough."""
        connection.settimeout(10)
        with suppress(OSError):
            connection.recv(1)

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65_536)
            answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
            self.requests.append(request)
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection)


def reset(connection: socket.socket) -> None:
    """End a connection with RST, as a server that crashes does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def raw_server() -> Iterator[RawServer]:
    server = RawServer()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
