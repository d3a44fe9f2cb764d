"""TimescaleDB for the storage tests: a given server, or the WebAssembly build."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.engines.node import WASM_DIR, installed_node
from tests.engines.server import DatabaseServer, EngineUnavailableError


@contextmanager
def timescale_server() -> Iterator[DatabaseServer]:
    """TIMESCALE_TEST_URL where it is set, the WebAssembly build otherwise."""
    given = os.environ.get("TIMESCALE_TEST_URL")
    if given:
        yield DatabaseServer(given)
        return
    command = [str(installed_node()), "server.mjs"]
    with subprocess.Popen(
        command,
        cwd=WASM_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield DatabaseServer(_url_of(process), creates_databases=False)
        # The server ends with its standard input, so also when this process dies.
        process.communicate(timeout=10)


def _url_of(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        raise EngineUnavailableError("the server's output is not a pipe")
    word, _, port = process.stdout.readline().strip().partition(" ")
    if word != "ready":
        raise EngineUnavailableError("the WebAssembly server did not start")
    return f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
