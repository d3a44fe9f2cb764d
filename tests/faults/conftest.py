"""Servers of their own for faults, and a fresh copy of the market for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults import market
from tests.faults.processes import Fault, Workshop, workshop_in


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with (
        TemporaryDirectory(prefix="mtg-faults-") as directory,
        workshop_in(Path(directory)) as workshop,
    ):
        yield workshop


@pytest.fixture
def fault(workshop: Workshop) -> Iterator[Fault]:
    with workshop.database() as name:
        fault = Fault(workshop, name)
        yield fault
        fault.session.close()


@pytest.fixture(scope="session")
def prices(workshop: Workshop) -> Path:
    """A file of days that are known, some of them corrected, and new ones."""
    text = market.all_prices(market.NEW_DAYS, corrected=(5, 8))
    return workshop.write("prices.json", text)
