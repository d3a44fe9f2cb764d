"""Pytest plugin: what may be missing here, said in one line; on CI nothing may.

A test that needs the real feed files asks for the `shared_data` fixture (or is marked
`shared_data`), one that needs a browser is marked `browser`. The feed files are no
part of a clone, so a fork's CI does without them; where MTGINTEL_SHARED_DATA says they
are, they must be.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.browser import chromium_path

CHECKOUT = Path(__file__).resolve().parents[1]
ON_CI = os.environ.get("CI") == "true"

NO_CHROMIUM = (
    "browser tests need a Chromium on the PATH: apt-get install chromium, or any "
    "chromium, chromium-browser or google-chrome"
)
NO_FEED_FILES = (
    "the real feed files are not in {}; MTGINTEL_SHARED_DATA names another place"
)


def shared_data_dir() -> Path:
    """Where the real feed files are, if they are."""
    beside = CHECKOUT.parent / "shared" / "data"
    return Path(os.environ.get("MTGINTEL_SHARED_DATA", beside))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The directory of real feed files; the test is skipped where it is absent."""
    return shared_data_dir()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {}
    if not shared_data_dir().is_dir():
        missing["shared_data"] = NO_FEED_FILES.format(shared_data_dir())
    if chromium_path() is None:
        missing["browser"] = NO_CHROMIUM
    for item in items:
        for need, reason in missing.items():
            if _needs(item, need):
                item.add_marker(pytest.mark.skip(reason=reason))


def _needs(item: pytest.Item, need: str) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return need in fixtures or item.get_closest_marker(need) is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _must_run(report):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    report = yield
    if report.skipped and _must_run(report):
        _fail(report)
    return report


def _must_run(report: pytest.TestReport | pytest.CollectReport) -> bool:
    lacks_files = _reason(report) == NO_FEED_FILES.format(shared_data_dir())
    return ON_CI and not (lacks_files and "MTGINTEL_SHARED_DATA" not in os.environ)


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    report.outcome = "failed"
    report.longrepr = f"CI runs every test, this one was skipped: {_reason(report)}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(
        _reason(report) for report in terminalreporter.getreports("skipped")
    )
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} skipped: {reason}")
