"""Servers for a test run: in a directory of their own, fast, gone afterwards."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from .keeping import end_of_life, start_keeper
from .paths import DataPaths
from .postgres import Postgres
from .servers import Server, kept, wait_until_ready
from .valkey import Valkey


class TemporaryServers:
    """PostgreSQL and Valkey in `directory`, without care for power cuts.

        with TemporaryServers(tmp_path) as servers:
            connect(servers.database_url, servers.redis_url)

    They end with the block, and also when this process is killed.
    """

    def __init__(self, directory: Path) -> None:
        paths = DataPaths(directory.resolve())
        self._postgres = Postgres(paths, throwaway=True)
        self._valkey = Valkey(paths, throwaway=True)
        self._keepers: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def database_url(self) -> str:
        return self._postgres.url

    @property
    def redis_url(self) -> str:
        return self._valkey.url

    def __enter__(self) -> Self:
        self._postgres.paths.make()
        try:
            self._start(self._postgres)
            self._start(self._valkey)
        except BaseException:
            self._stop_all()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop_all()

    def start_redis(self) -> None:
        self._start(self._valkey)

    def stop_redis(self) -> None:
        self._stop(self._valkey)

    def restart_redis(self) -> None:
        """Stop it and start it again, empty: nothing is kept on disk."""
        self.stop_redis()
        self.start_redis()

    def _start(self, server: Server) -> None:
        server.prepare()
        keeper = start_keeper(
            [kept(server)],
            alive_lock=server.paths.run / f"{server.name}.keeper",
            users_lock=None,
            events_log=None,
        )
        self._keepers[server.name] = keeper
        wait_until_ready(server, lambda: keeper.poll() is None)
        server.finish_start()

    def _stop(self, server: Server) -> None:
        keeper = self._keepers.pop(server.name, None)
        if keeper is not None:
            end_of_life(keeper)

    def _stop_all(self) -> None:
        for server in (self._valkey, self._postgres):
            self._stop(server)
            # Beside the data it goes with the directory; under /tmp it would stay.
            shutil.rmtree(server.socket_dir, ignore_errors=True)
