"""Asking the operating system about processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_running_program(pid: int, program: str) -> bool:
    """Whether `pid` runs, and runs a program of that name: numbers are reused."""
    if not is_running(pid):
        return False
    name = Path(f"/proc/{pid}/comm")
    if name.exists():
        return name.read_text().strip() == program
    said = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return Path(said.strip()).name == program
