"""The feed of what happened: whoever knows of something registers it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User

from mtgintel.core import activity
from mtgintel.core.activity import Activity

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """Two kinds, each with ten lines an hour apart; who asked for how many."""
    monkeypatch.setattr(activity, "_readers", {})
    asked = []

    def told(kind, minutes):
        def read(user, limit):
            asked.append((kind, user.username, limit))
            hours = (NOON - timedelta(hours=n, minutes=minutes) for n in range(10))
            return [Activity(at, kind, f"{kind} at {at:%H:%M}") for at in hours][:limit]

        return read

    activity.register("import", told("import", 0))
    activity.register("alert", told("alert", 30))
    return asked


def test_the_newest_of_all_kinds(asked):
    found = activity.newest(User(username="ann"), limit=3)

    assert [one.text for one in found] == [
        "import at 12:00",
        "alert at 11:30",
        "import at 11:00",
    ]
    assert asked == [("import", "ann", 3), ("alert", "ann", 3)]


def test_twenty_unless_told(asked):
    assert len(activity.newest(User(username="ann"))) == 20


def test_nothing_is_told_to_a_visitor(asked):
    assert activity.newest(AnonymousUser()) == []
    assert asked == []


def test_a_kind_is_registered_once():
    activity.register("import", lambda user, limit: [])

    assert {one.kind for one in activity.newest(User())} == {"alert"}
