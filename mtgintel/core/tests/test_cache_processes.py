"""One cache for all processes: what one makes old is old for every other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mtgintel.core import cache
from mtgintel.core.embedded.tests.processes import CHECKOUT

pytestmark = pytest.mark.process

# Does what it is told, line by line: its answer is a line too.
PROCESS = """
import json, os, sys, django
django.setup()
from mtgintel.core import cache

def answer(told):
    if told == "bump":
        return cache.bump()
    return [cache.data_version(), cache.get_or_compute("pid", os.getpid)]

for line in sys.stdin:
    print(json.dumps(answer(line.strip())), flush=True)
"""


class Process:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
        )
        self.pid = self._process.pid

    def tell(self, what: str) -> object:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    both = [Process(), Process()]
    yield both
    for each in both:
        each.end()


def test_both_see_the_same_generation_and_compute_once(processes):
    first, second = processes

    assert first.tell("look") == [cache.data_version(), first.pid]
    # What the other computed.
    assert second.tell("look") == first.tell("look")

    second.tell("bump")

    assert second.tell("look") == [cache.data_version(), second.pid]
    assert first.tell("look") == second.tell("look")
