"""A PostgreSQL that is replicated, and its streaming replica."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from mtgintel.core.embedded.paths import DataPaths
from mtgintel.core.embedded.postgres import DATABASE, USER, Postgres, binaries
from mtgintel.core.embedded.tests.processes import eventually

# How long anything may take on a busy machine.
PATIENCE = 60
# What a server that is replicated does besides, and what it is told is in its log.
REPLICATED = {
    "wal_level": "replica",
    "max_wal_senders": "4",
    "log_statement": "all",
}
_NAMED = (" statement: ", " execute <unnamed>: ")


class Log:
    """The statements a server was told, as its log has them."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def told(self) -> list[str]:
        """Those since it was last asked, without what opens and closes them."""
        with self._path.open() as file:
            file.seek(self._read)
            # A line that goes on begins with a tab.
            lines = file.read().replace("\n\t", " ").splitlines()
            self._read = file.tell()
        found = [
            line.partition(name)[2] for line in lines for name in _NAMED if name in line
        ]
        return [one for one in found if not one.startswith(("BEGIN", "COMMIT", "SET "))]


class Standby:
    """Made by pg_basebackup from a server of embedded PostgreSQL."""

    def __init__(self, primary: Postgres, directory: Path) -> None:
        self._primary, self._directory = primary, directory
        self._paths = DataPaths(directory)
        self.socket_dir = self._paths.socket_dir("postgres")
        self.log_path = directory / "standby.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{USER}@/{DATABASE}?host={host}"

    def make(self) -> None:
        account = self._primary.account
        self._directory.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self._directory, self.socket_dir):
            os.chown(directory, account.uid, account.gid)
        subprocess.run(
            [
                *account.prefix,
                *(str(binaries() / "pg_basebackup"), "--write-recovery-conf"),
                *("-h", str(self._primary.socket_dir), "-U", USER),
                *("-D", str(self._directory / "data"), "--checkpoint=fast"),
            ],
            check=True,
            cwd="/",
        )

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._primary.account.prefix,
                    *(str(binaries() / "postgres"), "-D", self._directory / "data"),
                    *("-c", f"unix_socket_directories={self.socket_dir}"),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        eventually(self._answers, PATIENCE)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once, as when its machine goes."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def ask(self, question: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as session:
            row = session.execute(question).fetchone()
        return row[0] if row else None

    def pause(self) -> None:
        """Replay nothing more, as a replica that falls behind."""
        self.ask("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        eventually(lambda: self.ask(state) == "paused", PATIENCE)

    def resume(self) -> None:
        self.ask("SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery()")

    def catch_up(self) -> None:
        """Wait until it knows what the primary knows now."""
        with psycopg.connect(self._primary.url, autocommit=True) as session:
            row = session.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        assert row is not None
        knows = f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'"
        eventually(lambda: self.ask(knows) is True, PATIENCE)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log_path.read_text()[-2000:]
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True
