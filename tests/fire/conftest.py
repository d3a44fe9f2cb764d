"""One site for all tests, which leave it running and whole; and their figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mtgintel.core.embedded.postgres import DATABASE
from tests.faults import market, state
from tests.fire.front import Front, front_of
from tests.fire.site import Site

CARDS = 500
QUIET = "quiet"
FIGURES = pytest.StashKey[list[str]]()

# No vendor is asked for anything: what reads feeds on schedule is switched off.
SWITCH_OFF = """
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler
from mtgintel.celery import app
DatabaseScheduler(app=app, lazy=True).setup_schedule()
PeriodicTask.objects.filter(task__startswith="prices.ingest").update(enabled=False)
"""


@pytest.fixture(autouse=True)
def _own_cache_generation() -> None:
    """Nothing here uses the cache of the tests' own servers."""


@dataclass
class Ground:
    """A site whose prices are those of one of two feeds, and what each leaves."""

    site: Site
    feeds: dict[str, Path]
    # What an undisturbed ingest of each leaves.
    expected: dict[str, state.State] = field(default_factory=dict)
    holds: str = "a"

    @property
    def next(self) -> str:
        """The feed whose prices the site does not hold."""
        return "b" if self.holds == "a" else "a"

    def prepare(self) -> None:
        site = self.site
        moment = market.FIRST_DAY.isoformat()
        with site.servers():
            site.manage("migrate", "--verbosity", "0")
            site.manage(
                "ingest", "scryfall", "--file", self.feeds["cards"], "--at", moment
            )
            self.ingest("a")
            site.manage("shell", "-c", SWITCH_OFF)
            with site.session("postgres") as session:
                session.execute(f"CREATE DATABASE {QUIET} TEMPLATE {DATABASE}")
            self.ingest("b", QUIET)
            # Each holds the same days: behind the other it leaves what it left first.
            self.expected = {"a": self.state(), "b": self.state(QUIET)}
            assert self.expected["a"] != self.expected["b"]

    def ingest(self, feed: str, database: str = DATABASE) -> None:
        self.site.manage(
            "ingest", "mtgjson", "--prices", self.feeds[feed], database=database
        )

    def state(self, database: str = DATABASE) -> state.State:
        with self.site.session(database) as session:
            return state.state(session)


def made_feeds(directory: Path) -> dict[str, Path]:
    """A catalogue, and two files of the same days whose prices are others."""
    days = range(21)
    contents = {
        "cards": market.catalogue(cards=CARDS),
        "a": market.all_prices(days, cards=CARDS),
        "b": market.all_prices(days, corrected=range(3, 21), cards=CARDS),
    }
    paths = {name: directory / f"{name}.json" for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return paths


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    with TemporaryDirectory(prefix="mtg-fire-") as name:
        site = Site(Path(name) / "data")
        ground = Ground(site, made_feeds(Path(name)))
        try:
            ground.prepare()
            site.start()
            yield ground
        finally:
            site.clear()


@pytest.fixture
def front(ground: Ground) -> Iterator[Front]:
    with front_of(ground.site) as front:
        yield front


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What a test measured: lines for the end of the run."""
    lines: list[str] = []
    yield lines
    kept = request.config.stash.setdefault(FIGURES, [])
    kept += [f"{request.node.name}: {line}" for line in lines]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if lines := config.stash.get(FIGURES, []):
        terminalreporter.section("what people saw")
        for line in lines:
            terminalreporter.write_line(line)
