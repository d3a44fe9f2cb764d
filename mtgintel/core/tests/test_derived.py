"""Whoever registered hears of changed prices, in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mtgintel.core import derived

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(derived, "_derivations", {})


def test_each_is_told_the_range():
    heard = []
    derived.register("a", lambda start, end: heard.append(("a", start, end)))
    derived.register("b", lambda start, end: heard.append(("b", start, end)))
    derived.derive(START, END)
    assert heard == [("a", START, END), ("b", START, END)]


def test_tables_of_all():
    derived.register("a", print, tables=["one", "two"])
    derived.register("b", print)
    derived.register("c", print, tables=["three"])
    assert derived.tables() == ["one", "two", "three"]
