"""Who runs PostgreSQL, which refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError


@dataclass(frozen=True)
class Account:
    """A user for a server: the command that becomes them, and whose the files are."""

    prefix: tuple[str, ...]
    uid: int
    gid: int

    def own(self, directory: Path) -> None:
        """Give a directory and all that is in it to this account."""
        for path in (directory, *directory.rglob("*")):
            if path.lstat().st_uid != self.uid:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(directory: Path, program: Path) -> Account:
    """The account that can run `program` on `directory` (which exists).

    Ourselves, unless we are root. Then, first, root seen as "nobody" from inside a user
    namespace: no account is needed and the files stay root's. Where namespaces are not
    allowed (most containers) the owner of the directory, or nobody.

    Raises EmbeddedError when none of them can.
    """
    if os.geteuid() != 0:
        return Account((), os.geteuid(), os.getegid())
    for account in _accounts_for_root(directory):
        if _can_run(account, directory, program):
            return account
    raise EmbeddedError(
        "PostgreSQL does not run as root, and neither a user namespace nor the account "
        f'"nobody" can use {directory} here: run this as an ordinary user, or set '
        "DATABASE_URL to a PostgreSQL server of yours."
    )


def _accounts_for_root(directory: Path) -> Iterator[Account]:
    # A server does not outlive its keeper: see keeper.py. Changing who one is clears
    # that wish, so it is made last.
    dies_with_parent = ("--pdeathsig", "INT")
    setpriv = shutil.which("setpriv")
    unshare = shutil.which("unshare")
    status = directory.stat()
    if unshare and status.st_uid == 0:
        in_namespace = (unshare, "--user", "--map-user=65534", "--map-group=65534")
        tether = (setpriv, *dies_with_parent) if setpriv else ()
        yield Account((*in_namespace, *tether), 0, status.st_gid)
    if setpriv:
        uid, gid = _unprivileged(status)
        become = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
        # Lets it reach a directory below one that only root may enter.
        reach = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        yield Account((*become, *reach, *dies_with_parent), uid, gid)
        yield Account((*become, *dies_with_parent), uid, gid)


def _unprivileged(status: os.stat_result) -> tuple[int, int]:
    if status.st_uid != 0:
        return status.st_uid, status.st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return nobody.pw_uid, nobody.pw_gid


def _can_run(account: Account, directory: Path, program: Path) -> bool:
    before = directory.stat()
    os.chown(directory, account.uid, account.gid)
    attempt = subprocess.run(
        [
            *account.prefix,
            *("/bin/sh", "-c", 'test -w "$1" && exec "$2" --version'),
            *("sh", str(directory), str(program)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd="/",
        check=False,
    )
    if attempt.returncode != 0:
        os.chown(directory, before.st_uid, before.st_gid)
    return attempt.returncode == 0
