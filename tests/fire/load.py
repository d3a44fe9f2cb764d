"""Visitors and watchers in a thread of their own, so that tests read from top to
bottom."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mtgintel.core.embedded.tests.processes import CHECKOUT
from tests.fire.site import Site

TOLD_EVERY = 0.4


@contextmanager
def under_way(*all_of_it: Coroutine[Any, Any, None]) -> Iterator[None]:
    """These run until the block ends. A fault of theirs is one of the test."""
    thread = _Thread(all_of_it)
    thread.start()
    try:
        yield
    finally:
        thread.end()


class _Thread(threading.Thread):
    def __init__(self, all_of_it: tuple[Coroutine[Any, Any, None], ...]) -> None:
        super().__init__(name="load")
        self._all_of_it = all_of_it
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._begun = threading.Event()

    def run(self) -> None:
        self._task = self._loop.create_task(self._run())
        self._begun.set()
        with suppress(asyncio.CancelledError):
            try:
                self._loop.run_until_complete(self._task)
            except BaseExceptionGroup as errors:
                self._error = errors
        self._loop.close()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for one in self._all_of_it:
                tasks.create_task(one)

    def end(self) -> None:
        self._begun.wait()
        if self._task is not None and self.is_alive():
            with suppress(RuntimeError):  # it ended by itself meanwhile
                self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()
        if self._error is not None:
            raise self._error


@contextmanager
def told(site: Site, *topics: str) -> Iterator[None]:
    """Somebody publishes these topics all the time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fire.teller", str(TOLD_EVERY), *topics],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=CHECKOUT,
        env=site.environment,
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
