"""The real thing for the browser: what `make run` runs, on data of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mtgintel.core.embedded.session import servers_in_use, wanted_servers
from mtgintel.core.embedded.tests.processes import CHECKOUT, environment, kill_all

# Two printings, as Scryfall writes them; the prices are given by each file.
RAGAVAN = {
    "object": "card",
    "id": "a9738cda-adb1-47fb-9f4c-ecd930228c4d",
    "oracle_id": "2f3d4b5f-7a1c-4e0e-9b1e-111111111111",
    "name": "Ragavan, Nimble Pilferer",
    "lang": "en",
    "set": "mh2",
    "set_name": "Modern Horizons 2",
    "set_type": "draft_innovation",
    "collector_number": "138",
    "rarity": "mythic",
    "layout": "normal",
    "finishes": ["nonfoil", "foil"],
    "games": ["paper", "mtgo"],
    "colors": ["R"],
    "color_identity": ["R"],
    "mana_cost": "{R}",
    "type_line": "Legendary Creature — Monkey Pirate",
    "released_at": "2021-06-18",
}
OPT = RAGAVAN | {
    "id": "8a1d4fa0-6c5a-4d3e-8f7b-222222222222",
    "oracle_id": "3e2f1a0b-5c4d-4e6f-8a9b-333333333333",
    "name": "Opt",
    "collector_number": "60",
    "rarity": "common",
    "colors": ["U"],
    "color_identity": ["U"],
    "mana_cost": "{U}",
    "type_line": "Instant",
}


@pytest.fixture(scope="session")
def demo_url() -> Iterator[str]:
    """The demo market with a collector's account, one for all who only look at it."""
    from .screenshots import demo_site

    with demo_site() as url:
        yield url


@dataclass
class Site:
    """The running site and the files it was fed."""

    url: str
    data_dir: Path
    read_at: datetime

    def ingest(self, ragavan: str, opt: str) -> None:
        """Feed it these dollar prices, an hour newer than those before."""
        self.read_at += timedelta(hours=1)
        file = self.data_dir.parent / f"default-cards-{self.read_at:%Y%m%d%H%M%S}.jsonl"
        cards = [
            RAGAVAN | {"prices": {"usd": ragavan, "usd_foil": "99.50"}},
            OPT | {"prices": {"usd": opt}},
        ]
        file.write_text("\n".join(map(json.dumps, cards)), encoding="utf-8")
        self.manage(
            "ingest", "scryfall", "--file", str(file), "--at", self.read_at.isoformat()
        )

    def manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
            capture_output=True,
            text=True,
            cwd=CHECKOUT,
            env=environment(self.data_dir),
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Two real cards, of which one rose since yesterday and one fell."""
    with site_after(two_days) as site:
        yield site


def two_days(site: Site) -> None:
    site.ingest(ragavan="50.00", opt="2.00")
    site.read_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    site.ingest(ragavan="51.00", opt="1.50")


@contextmanager
def site_after(fill: Callable[[Site], None]) -> Iterator[Site]:
    """On data and a port of its own. It is filled before it is started, so that nobody
    waits for a demo market."""
    with TemporaryDirectory(prefix="mtg-e2e-") as directory:
        data_dir, port = Path(directory) / "data", free_port()
        now = datetime.now(UTC).replace(microsecond=0)
        site = Site(f"http://127.0.0.1:{port}", data_dir, now - timedelta(days=2))
        servers = wanted_servers(data_dir, database=True, redis=True)
        process = None
        try:
            with servers_in_use(servers):
                site.manage("migrate")
                fill(site)
                process = start(data_dir, port)
                wait_until_ready(process)
            yield site
        finally:
            if process:
                process.terminate()
                process.communicate(timeout=60)
            kill_all(Path(directory))


def start(data_dir: Path, port: int) -> subprocess.Popen[str]:
    """What `make run` runs."""
    return subprocess.Popen(
        [sys.executable, "-m", "mtgintel.core.embedded"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=CHECKOUT,
        env=environment(data_dir, PORT=str(port)),
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if line.startswith("Ctrl-C stops everything"):
            return
    raise AssertionError("".join(said))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
