"""What fires in a day, and that somebody is there to do it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from celery import current_app
from celery.schedules import crontab
from django.conf import settings

from apps.prices.models import IngestRun

SCHEDULE = settings.CELERY_BEAT_SCHEDULE
FEEDS = {
    name: entry
    for name, entry in SCHEDULE.items()
    if isinstance(entry["schedule"], crontab)
}


def fires_at(schedule: crontab, moment: datetime) -> bool:
    """Whether a crontab fires in the minute of `moment`."""
    return (
        moment.minute in schedule.minute
        and moment.hour in schedule.hour
        and moment.isoweekday() % 7 in schedule.day_of_week
        and moment.day in schedule.day_of_month
        and moment.month in schedule.month_of_year
    )


def firings(day: datetime) -> list[tuple[str, str]]:
    """(time, entry) of everything that fires on a day."""
    minutes = (day + timedelta(minutes=n) for n in range(24 * 60))
    return [
        (f"{minute:%H:%M}", name)
        for minute in minutes
        for name, entry in FEEDS.items()
        if fires_at(entry["schedule"], minute)
    ]


def test_what_fires_on_a_weekday():
    wednesday = datetime(2026, 3, 11, tzinfo=UTC)

    assert firings(wednesday) == [
        ("00:10", "collections-daily"),
        ("01:15", "archive-daily"),
        ("02:45", "cardmarket-daily"),
        ("03:50", "storage-daily"),
        ("05:15", "goatbots-daily"),
        ("06:20", "accounts-daily"),
        ("07:30", "cardtrader-daily"),
        ("10:20", "scryfall-daily"),
        ("11:30", "cardkingdom-daily"),
        ("12:35", "manapool-daily"),
        ("14:40", "mtgjson-today-daily"),
        ("17:30", "ecb-daily"),
        ("20:50", "tcgcsv-daily"),
    ]


def test_on_a_sunday_the_history_is_read_as_well():
    sunday = datetime(2026, 3, 15, tzinfo=UTC)

    names = Counter(name for _, name in firings(sunday))
    assert set(names.values()) == {1}
    assert set(names) == set(FEEDS)
    assert "mtgjson-history-weekly" in names


def test_no_two_fire_within_an_hour():
    sunday = datetime(2026, 3, 15, tzinfo=UTC)
    times = [time.fromisoformat(text) for text, _ in firings(sunday)]
    minutes = [one.hour * 60 + one.minute for one in times]

    assert all(later - earlier >= 60 for earlier, later in pairwise(minutes))


@pytest.mark.parametrize("name", SCHEDULE)
def test_entry_names_a_registered_task_and_expires(name):
    current_app.loader.import_default_modules()

    assert SCHEDULE[name]["task"] in current_app.tasks
    assert SCHEDULE[name]["options"]["expires"] > 0


def test_beat_runs_in_utc():
    assert settings.CELERY_TIMEZONE == "UTC"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    sorted(FEEDS.keys() - {"storage-daily", "accounts-daily", "collections-daily"}),
)
def test_demo_market_is_left_alone(name, monkeypatch):
    monkeypatch.setattr(
        "mtgintel.core.http.FeedClient.__init__",
        lambda *_, **__: pytest.fail("fetched"),
    )
    current_app.loader.import_default_modules()
    IngestRun.objects.create(source="demo")

    assert current_app.tasks[SCHEDULE[name]["task"]]() == {}
