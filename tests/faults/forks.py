"""Runs `manage.py …` over and over without loading it over and over.

    python -m tests.faults.forks

Reads a line of JSON per command: {number, arguments, database, environment, directory}.
Each runs in a process forked off here, where the code is loaded and nothing is
connected; what it says goes to files in `directory`: `<number>.said`, `.complained`,
`.pid` and in the end `.code`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import django

running: set[int] = set()


def main() -> None:
    django.setup()
    # The commands' modules, with all that they import.
    from apps.prices.management.commands import ingest  # noqa: F401

    gc.freeze()
    for line in sys.stdin:
        start(json.loads(line))
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def start(told: dict[str, Any]) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(run(told))
    files = Path(told["directory"])
    running.add(pid)
    reaping = (pid, files / f"{told['number']}.code")
    threading.Thread(target=reap, args=reaping, daemon=True).start()
    written(files / f"{told['number']}.pid", pid)


def reap(pid: int, path: Path) -> None:
    _, status = os.waitpid(pid, 0)
    running.discard(pid)
    written(path, os.waitstatus_to_exitcode(status))


def written(path: Path, number: int) -> None:
    """A file that is there only with its content."""
    draft = path.with_suffix(f"{path.suffix}.draft")
    draft.write_text(str(number))
    draft.rename(path)


def run(told: dict[str, Any]) -> int:
    """The command, as manage.py runs it; its exit code."""
    from django.core.management import execute_from_command_line
    from django.db import connection

    for descriptor, name in ((1, "said"), (2, "complained")):
        path = Path(told["directory"]) / f"{told['number']}.{name}"
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(told["environment"])
    tempfile.tempdir = None
    connection.settings_dict["NAME"] = told["database"]
    try:
        execute_from_command_line(["manage.py", *told["arguments"]])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 (as the interpreter does at its end)
        sys.excepthook(*sys.exc_info())
        code = 1
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main()
