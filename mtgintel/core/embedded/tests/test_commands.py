"""Which `manage.py` commands have the embedded servers started for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mtgintel.core.embedded.commands import needs_servers

from .processes import CHECKOUT, environment


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["help"],
        ["--version"],
        ["migrate", "--help"],
        ["check", "--deploy"],
        ["collectstatic", "--no-input"],
        ["makemigrations", "--check", "--dry-run"],
    ],
)
def test_commands_that_read_no_row_need_no_server(arguments: list[str]) -> None:
    assert needs_servers(arguments) is False


@pytest.mark.parametrize(
    "arguments",
    [
        ["migrate"],
        ["ingest", "all"],
        ["shell"],
        ["makemigrations"],
        ["runserver"],
        ["check", "--database", "default"],
    ],
)
def test_all_others_do(arguments: list[str]) -> None:
    assert needs_servers(arguments) is True


@pytest.mark.process
def test_servers_that_the_environment_names_are_not_started(tmp_path: Path) -> None:
    named = {
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
    }

    manage(tmp_path, "showmigrations", "cards", **named)

    assert {each.name for each in tmp_path.iterdir()} <= {"metrics", "secret-key"}


@pytest.mark.process
def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data_dir = tmp_path / "file" / "data"

    for command in ("migrate", "check"):
        ended = subprocess.run(
            [sys.executable, "manage.py", command],
            capture_output=True,
            text=True,
            cwd=CHECKOUT,
            env=environment(data_dir),
            check=False,
        )
        assert ended.returncode == 1
        assert ended.stderr == (
            f"The data directory {data_dir} cannot be written (Not a directory): make "
            "it writable for this user, or set MTGINTEL_DATA_DIR to a directory that "
            "is.\n"
        )


def manage(data_dir: Path, *arguments: str, **more: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=environment(data_dir, **more),
        check=True,
    ).stdout
