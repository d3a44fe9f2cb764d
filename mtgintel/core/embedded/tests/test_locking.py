"""Locks between processes."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from mtgintel.core.embedded import EmbeddedError
from mtgintel.core.embedded.locking import (
    alone,
    is_locked,
    opened,
    pid_in,
    try_lock,
)


def test_a_lock_is_held_for_the_block(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    with alone(path):
        assert is_locked(path)
    assert not is_locked(path)


def test_users_share_and_only_the_last_can_have_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "users"

    with opened(path) as first, opened(path) as second:
        assert try_lock(first, fcntl.LOCK_SH)
        assert try_lock(second, fcntl.LOCK_SH)
        assert not try_lock(first)
    with opened(path) as last:
        assert try_lock(last, fcntl.LOCK_SH)
        assert try_lock(last)


@pytest.mark.parametrize(
    ("text", "pid"), [("4711", 4711), ("", None), ("half a", None)]
)
def test_the_holder_of_a_lock_may_say_who_it_is(
    tmp_path: Path, text: str, pid: int | None
) -> None:
    (tmp_path / "lock").write_text(text)

    assert pid_in(tmp_path / "lock") == pid
    assert pid_in(tmp_path / "none") is None


def test_a_lock_that_is_not_ours_is_one_sentence(tmp_path: Path) -> None:
    # Root may open every file, but nobody can write a directory.
    path = tmp_path / "lock"
    path.mkdir()

    with pytest.raises(EmbeddedError) as caught, opened(path):
        pass

    assert str(caught.value) == (
        f"{path} cannot be opened (Is a directory): run this as the user that the data "
        "directory belongs to, or set MTGINTEL_DATA_DIR to another one."
    )
