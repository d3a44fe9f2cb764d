"""Whether the service does what visitors expect of it, in words for them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from apps.prices.models import IngestRun
from apps.prices.selectors import StreamFreshness, freshness
from apps.prices.selectors.feeds import known_feeds
from apps.prices.selectors.ledger import unrefreshed
from apps.prices.troubles import REFRESHED_WITHIN
from mtgintel.core import cache, derived, health
from mtgintel.core.models import Alarm
from mtgintel.core.troubles import DERIVED_WITHIN

INCIDENT_DAYS = 7
MAX_INCIDENTS = 20
# The page may be asked for by many at once, when something is wrong above all.
_STATUS_SECONDS = 10
_BAD = (IngestRun.Status.FAILED, IngestRun.Status.REFUSED)


class State(enum.StrEnum):
    WORKS = "works"
    DELAYED = "delayed"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the service as its visitors know it."""

    name: str
    state: State
    says: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that was wrong from `began_at` until `over_at`; None: it still is."""

    message: str
    began_at: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """`sources` and `incidents` are empty while the database is away."""

    checked_at: datetime
    parts: list[Part]
    sources: list[StreamFreshness] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The worst of all parts; only a website that is down is all of it down."""
        if self.parts[0].state is State.DOWN:
            return State.DOWN
        all_work = all(part.state is State.WORKS for part in self.parts)
        return State.WORKS if all_work else State.DELAYED

    @property
    def sentence(self) -> str:
        if self.state is State.WORKS:
            return "Everything works."
        if self.state is State.DOWN:
            return "The site is down: prices cannot be read just now."
        named = [part for part in self.parts if part.state is not State.WORKS]
        said = [f"{part.name} {_VERBS[part.state]}" for part in named]
        return f"{'; '.join(said)}. Everything else works."


_VERBS = {State.DELAYED: "delayed", State.DOWN: "not working"}


def service_status() -> ServiceStatus:
    """As it is now, or was some seconds ago. Asks no database that does not answer."""
    return cache.get_or_compute("status", _ask_everything, timeout=_STATUS_SECONDS)


def _ask_everything() -> ServiceStatus:
    problems = health.problems()
    now = timezone.now()
    if "database" in problems:
        parts = [_website(problems), _live(problems)]
        return ServiceStatus(checked_at=now, parts=parts)
    sources = [one for one in freshness() if one.as_of]
    return ServiceStatus(
        checked_at=now,
        parts=[
            _website(problems),
            _live(problems),
            _prices(sources),
            _background(problems),
            _figures(),
        ],
        sources=sources,
        incidents=incidents(now),
    )


def _website(problems: dict[str, str]) -> Part:
    if "database" in problems:
        says = "The database does not answer, or is being brought up to date."
        return Part("Website and API", State.DOWN, says)
    if "cache" in problems:
        says = "Answers are computed each time, so they take longer."
        return Part("Website and API", State.DELAYED, says)
    return Part("Website and API", State.WORKS, "Pages and the API answer.")


def _live(problems: dict[str, str]) -> Part:
    if "redis" in problems:
        says = "Open pages do not update by themselves: reload them for new prices."
        return Part("Live updates", State.DOWN, says)
    says = "New prices reach open pages by themselves."
    return Part("Live updates", State.WORKS, says)


def _prices(sources: list[StreamFreshness]) -> Part:
    stale = [one.name for one in sources if one.is_stale]
    if stale:
        says = f"Older than they should be: {', '.join(stale)}."
        return Part("Prices", State.DELAYED, says)
    says = (
        f"{len(sources)} sources are up to date." if sources else "None are read yet."
    )
    return Part("Prices", State.WORKS, says)


def _background(problems: dict[str, str]) -> Part:
    if {"worker", "redis"} & problems.keys():
        says = "No new prices are read and no letters sent; what is there stays."
        return Part("Background work", State.DOWN, says)
    says = "Prices are read and letters sent when they are due."
    return Part("Background work", State.WORKS, says)


def _figures() -> Part:
    """Minutes behind the prices is how it works; longer than an hour is not."""
    waiting, seconds = derived.backlog()
    charts_lag = unrefreshed().lag_seconds
    name = "Charts, signals and advice"
    if charts_lag > REFRESHED_WITHIN.total_seconds():
        return Part(name, State.DELAYED, "Charts do not show the newest prices yet.")
    if seconds > DERIVED_WITHIN.total_seconds():
        says = "Signals and advice are of older prices than the newest."
        return Part(name, State.DELAYED, says)
    if waiting:
        says = "They are being worked out from the newest prices."
        return Part(name, State.WORKS, says)
    return Part(name, State.WORKS, "They are of the newest prices.")


def incidents(now: datetime) -> list[Incident]:
    """Of the last days, and those that are not over; the newest first."""
    since = now - timedelta(days=INCIDENT_DAYS)
    # Readings that failed are in the ledger, each with the moment one went well.
    alarms = (
        Alarm.objects.filter(is_public=True)
        .exclude(kind="feed")
        .exclude(over_at__lt=since)
    )
    found = [
        Incident(alarm.message, alarm.raised_at, alarm.over_at)
        for alarm in alarms[:MAX_INCIDENTS]
    ]
    found += _failed_readings(since)
    return sorted(found, key=lambda one: one.began_at, reverse=True)[:MAX_INCIDENTS]


def _failed_readings(since: datetime) -> list[Incident]:
    """One for each time a feed could not be read, however often it was tried."""
    titles = {source: feed.title for feed in known_feeds() for source in feed.sources}
    ended = (
        IngestRun.objects.filter(
            source__in=titles,
            started_at__gte=since,
            status__in=[*_BAD, IngestRun.Status.SUCCEEDED],
        )
        .exclude(source__endswith="-tick")
        .order_by("started_at", "id")
    )
    found: list[Incident] = []
    standing: dict[str, Incident] = {}
    for run in ended.only("source", "status", "started_at", "finished_at"):
        if run.status in _BAD:
            message = f"{titles[run.source]} could not be read."
            standing.setdefault(run.source, Incident(message, run.started_at, None))
        elif began := standing.pop(run.source, None):
            found.append(Incident(began.message, began.began_at, run.finished_at))
    return [*found, *standing.values()]
