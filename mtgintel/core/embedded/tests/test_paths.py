"""The data directory: where things are, and what is said when it will not do."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mtgintel.core import embedded
from mtgintel.core.embedded import EmbeddedError
from mtgintel.core.embedded.paths import DataPaths, make_private, said_in_a_sentence
from mtgintel.core.embedded.session import minimum_free_bytes


def test_a_socket_is_beside_the_data_where_its_path_fits() -> None:
    paths = DataPaths(Path("/home/ann/market/.data"))

    directory = paths.socket_dir("postgres")

    assert directory == Path("/home/ann/market/.data/postgres/socket")


def test_a_socket_of_a_deep_data_directory_is_in_a_short_place_of_its_own() -> None:
    deep, deeper = Path("/" + "d" * 100), Path("/" + "d" * 101)

    directories = {DataPaths(root).socket_dir("valkey") for root in (deep, deeper)}

    assert len(directories) == 2
    assert {each.parent for each in directories} == {Path("/tmp")}
    assert DataPaths(deep).socket_dir("valkey") in directories


def test_urls_name_the_sockets_with_awkward_characters_quoted() -> None:
    data_dir = Path("/home/ann b/100%")

    assert embedded.database_url(data_dir) == (
        "postgresql://mtgintel@/mtgintel"
        "?host=%2Fhome%2Fann%20b%2F100%25%2Fpostgres%2Fsocket"
    )
    assert embedded.redis_url(data_dir) == (
        "unix:///home/ann%20b/100%25/valkey/socket/valkey.sock?db=0"
    )


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    # Root may write anywhere, but nobody can make a directory below a file.
    (tmp_path / "file").touch()
    paths = DataPaths(tmp_path / "file" / "data")

    with pytest.raises(EmbeddedError) as caught:
        paths.make()

    assert str(caught.value) == (
        f"The data directory {paths.root} cannot be written (Not a directory): make it "
        "writable for this user, or set MTGINTEL_DATA_DIR to a directory that is."
    )


def test_a_secret_that_cannot_be_kept_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EmbeddedError, match=r"cannot be written \(Not a directory\)"):
        embedded.secret_key(tmp_path / "file" / "data")


def test_too_little_space_is_one_sentence(tmp_path: Path) -> None:
    free_mb = shutil.disk_usage(tmp_path).free // 1_000_000
    needed_mb = 2 * free_mb + 1_000

    with pytest.raises(EmbeddedError) as caught:
        DataPaths(tmp_path).require_space(needed_mb * 1_000_000)

    words = str(caught.value)
    assert words.endswith(
        f" MB are free for the data directory {tmp_path}, and at least {needed_mb} MB "
        "are needed: free some space, or set MTGINTEL_DATA_DIR to a directory on a "
        "larger disk."
    )


def test_no_space_at_all_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError) as caught, said_in_a_sentence(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert str(caught.value) == (
        f"No space is left for the data directory {tmp_path}: free some, or set "
        "MTGINTEL_DATA_DIR to a directory on a larger disk."
    )


def test_enough_space_is_fine(tmp_path: Path) -> None:
    DataPaths(tmp_path).require_space(1)


def test_the_needed_space_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MTGINTEL_MIN_FREE_MB", raising=False)
    assert minimum_free_bytes() == 500_000_000
    monkeypatch.setenv("MTGINTEL_MIN_FREE_MB", "20")
    assert minimum_free_bytes() == 20_000_000
    monkeypatch.setenv("MTGINTEL_MIN_FREE_MB", "20 GB")
    with pytest.raises(EmbeddedError, match="'20 GB': give a whole number"):
        minimum_free_bytes()


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(
    tmp_path: Path,
) -> None:
    first = embedded.secret_key(tmp_path)
    second = embedded.secret_key(tmp_path)

    file = tmp_path / "secret-key"
    assert first == second == file.read_text().strip()
    assert len(first) >= 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert embedded.secret_key(tmp_path / "another") != first


def test_processes_that_come_first_together_agree_on_the_secret(
    tmp_path: Path,
) -> None:
    program = (
        "import sys; from pathlib import Path; from mtgintel.core import embedded; "
        "print(embedded.secret_key(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[4],
        )
        for _ in range(4)
    ]

    said = {process.communicate(timeout=60)[0] for process in processes}

    assert said == {embedded.secret_key(tmp_path) + "\n"}
    assert [each.name for each in tmp_path.iterdir()] == ["secret-key"]


def test_a_private_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    somebody_else = os.geteuid() + 1

    with pytest.raises(EmbeddedError, match="belongs to another user: remove it"):
        make_private(tmp_path / "socket", {somebody_else})


def test_a_link_in_place_of_a_private_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "socket").symlink_to(tmp_path)

    with pytest.raises(EmbeddedError, match="belongs to another user"):
        make_private(tmp_path / "socket", {os.geteuid()})


def test_a_private_directory_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir(mode=0o755)

    make_private(tmp_path / "socket", {os.geteuid()})

    assert stat.S_IMODE((tmp_path / "socket").stat().st_mode) == 0o700
