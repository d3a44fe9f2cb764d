"""The examples of the documents, run as a reader would: beside `make run`.

Run are all blocks of Python, JavaScript and SQL, and those of a shell that call nothing
in ELSEWHERE; of these, test_docs.py says whether what they name exists. JSON right
below a block is what it prints: the keys and shapes that it shows have to be in what
came, which may have more.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mtgintel.core.embedded.tests.processes import environment, kill_all
from tests.documents import CHECKOUT, Block, blocks, documents
from tests.e2e.conftest import free_port, start, wait_until_ready
from tests.e2e.screenshots import FILL, NAME, manage, wait_for_advice

# What the documents call the site.
WRITTEN = re.compile(r"(?:127\.0\.0\.1|localhost):8000")
SHELLS = ("sh", "bash")
# These change the machine, the market, or need another one.
ELSEWHERE = re.compile(
    r"\b(?:docker|make|git|pip|pytest|ruff|mypy|lint-imports|djlint)\b"
    r"|manage\.py (?!token|diagnose_chart|export_training_data|verify_ledger)"
)
# duckdb is none of our requirements, and a demo market is not archived.
NEEDS_MORE = ("import duckdb",)
# What `curl --fail` ends with when the answer is an error.
HTTP_ERROR = 22
SECONDS = 60
# Browsers have had it for long; Node until version 21 behind a flag.
NODE = ("node", "--experimental-websocket", "--no-warnings", "--input-type=module", "-")
RUN_SQL = """
import sys
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute(sys.stdin.read())
    print(cursor.fetchall())
"""


def is_run(block: Block) -> bool:
    if block.language in SHELLS:
        return not ELSEWHERE.search(block.text)
    return block.language in ("python", "js", "sql") and not any(
        words in block.text for words in NEEDS_MORE
    )


ALL = [block for document in documents() for block in blocks(document)]
RUN = [block for block in ALL if is_run(block)]


@dataclass(frozen=True)
class Site:
    """A site with somebody's collection, and a directory to call it from."""

    url: str
    data_dir: Path
    work_dir: Path
    token: str

    def run(self, block: Block) -> subprocess.CompletedProcess[str]:
        text = WRITTEN.sub(self.url.removeprefix("http://"), block.text)
        return subprocess.run(
            self._command(block.language),
            input=self._session(block, text) if block.language in SHELLS else text,
            capture_output=True,
            text=True,
            cwd=self.work_dir,
            env=self._environment(),
            timeout=SECONDS,
            check=False,
        )

    def _command(self, language: str) -> list[str]:
        if language == "python":
            return [sys.executable, "-"]
        if language == "js":
            return list(NODE)
        if language == "sql":
            return [sys.executable, "manage.py", "shell", "-v", "0", "-c", RUN_SQL]
        return ["bash", "-euo", "pipefail", "-s"]

    def _session(self, block: Block, text: str) -> str:
        """A variable that an example sets is known to the next ones of its document."""
        kept = f"{block.document.stem}.variables"
        return f"touch {kept}; . ./{kept}; set -a\n{text}\nexport -p > {kept}\n"

    def _environment(self) -> dict[str, str]:
        return environment(
            self.data_dir,
            TOKEN=self.token,
            CURL_HOME=str(self.work_dir),
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        )


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The demo market with its advice, as `make run` starts it."""
    with TemporaryDirectory(prefix="mtg-docs-") as directory:
        data_dir, port = Path(directory) / "data", free_port()
        process = start(data_dir, port)
        try:
            wait_until_ready(process)
            url = f"http://127.0.0.1:{port}"
            wait_for_advice(url)
            manage(data_dir, "shell", "-c", FILL)
            yield prepared(url, data_dir)
        finally:
            process.terminate()
            process.communicate(timeout=60)
            kill_all(Path(directory))


def prepared(url: str, data_dir: Path) -> Site:
    """A working directory with what examples expect around them."""
    work_dir = data_dir / "examples"
    work_dir.mkdir()
    (work_dir / "manage.py").symlink_to(CHECKOUT / "manage.py")
    # Quiet, and an answer of 400 or more is a failure that is still printed.
    (work_dir / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    return Site(url, data_dir, work_dir, manage(data_dir, "token", NAME).strip())


@pytest.mark.process
@pytest.mark.parametrize("block", RUN, ids=str)
def test_runs_and_prints_what_it_shows(site, block):
    if block.language == "js" and shutil.which("node") is None:
        pytest.skip("the examples in JavaScript need a node on the PATH")
    done = site.run(block)
    expected = HTTP_ERROR if shows_error(block.shows) else 0
    assert done.returncode == expected, done.stdout + done.stderr
    assert not re.search("Traceback|Error", done.stderr), done.stderr
    if block.shows is not None:
        assert differences(block.shows, json.loads(done.stdout)) == []


def shows_error(shown: Any) -> bool:
    return isinstance(shown, dict) and set(shown) == {"code", "message", "extra"}


def differences(shown: Any, came: Any, where: str = "answer") -> list[str]:
    """What an output block shows and the output does not have.

    Of a list its first elements are compared, as the others are alike; one that is
    shown empty may be so or not. Values differ from day to day; a value where null
    stands, or the other way round, is no difference.
    """
    if isinstance(shown, dict) and isinstance(came, dict):
        lost = [f"{where}.{key} is missing" for key in shown if key not in came]
        return lost + [
            found
            for key in shown
            if key in came
            for found in differences(shown[key], came[key], f"{where}.{key}")
        ]
    if isinstance(shown, list) and isinstance(came, list):
        if not shown:
            return []
        if not came:
            return [f"{where} is empty"]
        return differences(shown[0], came[0], f"{where}[0]")
    if shown is None or came is None or kind(shown) == kind(came):
        return []
    return [f"{where} is {came!r}, not like {shown!r}"]


def kind(value: Any) -> type:
    """Numbers are alike, truths are none."""
    return float if type(value) in (int, float) else type(value)


def test_the_rule_for_what_is_shown():
    assert differences({"a": [{"b": "1.00"}]}, {"a": [{"b": "2.50", "c": 1}]}) == []
    assert differences({"a": 1}, {"b": 1}) == ["answer.a is missing"]
    assert differences({"a": [{"b": 1}]}, {"a": []}) == ["answer.a is empty"]
    assert differences({"a": "1.00"}, {"a": 1.0}) == [
        "answer.a is 1.0, not like '1.00'"
    ]
    assert differences({"a": 1}, {"a": True}) == ["answer.a is True, not like 1"]
    assert differences({"a": None, "b": 2}, {"a": 1, "b": None}) == []


def test_what_asks_the_site_is_run():
    left_out = [block for block in ALL if not is_run(block)]
    assert [str(block) for block in left_out if WRITTEN.search(block.text)] == []
    assert {block.document.name for block in RUN} >= {
        *("README.md", "api.md", "websocket.md", "alerts.md", "collections.md"),
        *("accounts.md", "methodology.md", "research-export.md"),
    }
