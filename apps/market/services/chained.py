"""The chained indices, brought up to date with the prices."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db import connection, transaction

from apps.market.maths.chained import (
    FURTHEST_BACK,
    NO_LINK,
    TOLERANCE,
    VERSION,
    Array,
    Closes,
    Link,
    Matches,
    link,
    match,
)
from apps.market.models import ChainedIndex
from apps.market.selectors.closes import Streams, closes_of, days_before, days_since
from apps.market.selectors.members import Members
from mtgintel.core.constants import Currency

from .points import Days, Series, replace_points, store_basket, stored_links

# Before the first card was printed.
_BEGINNING = date(1993, 1, 1)


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """How many days were computed (of each currency), and points written or removed."""

    days: int
    written: int


@transaction.atomic
def update_indices(
    *, start: datetime | None = None, end: datetime | None = None
) -> IndexUpdate:
    """Compute the links of every index that prices of [start, end] are part of.

    Those are the days themselves and the next few, which are compared with them, and
    after that until links come out as they are stored; from there on only levels can
    change. None means no limit. Where nothing is stored yet, or by another version of
    the method, everything is computed. The outcome depends on prices and catalogue
    alone, not on what was updated when.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('chained indices'))")
    if not _is_current():
        ChainedIndex.objects.all().delete()
        start = end = None
    first = start.astimezone(UTC).date() if start else _BEGINNING
    last = end.astimezone(UTC).date() if end else date.max
    streams, members = Streams.load(), Members.load()
    chains = [Chain(c, first, last, streams, members) for c in Currency.values]
    days = {day for chain in chains for day in (*chain.before, *chain.days)}
    for day, closes in closes_of(sorted(days), streams):
        for chain in chains:
            chain.see(day, closes.get(chain.currency))
        if all(chain.is_settled for chain in chains):
            break
    written = sum(_store(chain) for chain in chains)
    return IndexUpdate(sum(len(chain.links) for chain in chains), written)


def _is_current() -> bool:
    """Whether there are indices, all by this version of the method."""
    versions = ChainedIndex.objects.values_list("version", flat=True).distinct()
    return list(versions) == [VERSION]


@dataclass(slots=True)
class Chain:
    """The indices of one currency from the day `first` on; prices changed until `last`.

    `before` are the days with prices that the first one is compared with, `days` those
    from it on. Shown the closes of each, oldest first, it collects `links` until it
    `is_settled`; `basket` is what the newest of them rest on.
    """

    currency: str
    first: date
    last: date
    streams: Streams
    members: Members
    before: list[date] = field(init=False)
    days: list[date] = field(init=False)
    links: Days = field(default_factory=dict)
    basket: Matches | None = None
    is_settled: bool = False
    _earlier: deque[tuple[date, Closes]] = field(init=False)
    _recent: deque[Mapping[Series, Link]] = field(init=False)
    # How many days in a row came out as they are stored, out of reach of new prices.
    _unchanged: int = 0

    def __post_init__(self) -> None:
        self.before = days_before(self.currency, self.first, TOLERANCE)
        self.days = days_since(self.currency, self.first)
        self.is_settled = not self.days
        self._earlier = deque(maxlen=TOLERANCE)
        self._recent = deque(maxlen=TOLERANCE - 1)
        if self.before:
            stored = stored_links(self.currency, self.before[0], self.before[-1])
            self._recent.extend(stored.get(day, {}) for day in self.before)

    def see(self, day: date, closes: Closes | None) -> None:
        """Take a day's closes in, and link it to those before."""
        if closes is None or self.is_settled:
            return
        if day >= self.first:
            self._link(day, closes)
            self._settle(day)
        self._earlier.appendleft((day, closes))

    def _link(self, day: date, closes: Closes) -> None:
        near = [one for one in self._earlier if day - one[0] <= FURTHEST_BACK]
        matches = match(
            closes,
            [earlier for _, earlier in near],
            [self.streams.broken(self.currency, earlier, day) for earlier, _ in near],
        )
        self.links[day] = self._links_of(matches, closes.variant)
        self.basket = matches
        self._recent.append(self.links[day])

    def _links_of(self, matches: Matches, seen: Array) -> dict[Series, Link]:
        """Of every index that any of the variants `seen` on the day is of."""
        members = self.members
        present: list[Series] = [
            (slug, finish) for slug, finish, mask in members.named(seen) if mask.any()
        ]
        present += [(slug, None) for slug, _ in members.by_set(seen)]
        links = dict.fromkeys(present, NO_LINK)
        for slug, finish, rows in members.named(matches.variant):
            if rows.any():
                links[slug, finish] = self._link_of((slug, finish), matches, rows)
        for slug, rows in members.by_set(matches.variant):
            links[slug, None] = self._link_of((slug, None), matches, rows)
        return links

    def _link_of(self, series: Series, matches: Matches, rows: Array) -> Link:
        before = [links.get(series, NO_LINK) for links in reversed(self._recent)]
        return link(matches.where(rows), [one.factor for one in before])

    def _settle(self, day: date) -> None:
        """A link depends on the prices of TOLERANCE days before and their links: once
        neither differs, no later one does."""
        if day > self.last:
            stored = stored_links(self.currency, day, day).get(day, {})
            is_same = self.links[day] == stored
            self._unchanged = self._unchanged + 1 if is_same else 0
        reached = sum(seen > self.last for seen in self.links) >= TOLERANCE
        self.is_settled = day == self.days[-1] or (
            reached and self._unchanged >= TOLERANCE - 1
        )


def _store(chain: Chain) -> int:
    """Write what differs from what is stored; how many points that were."""
    links = dict(chain.links)
    newest = max(links, default=None)
    if newest and newest < chain.days[-1]:
        links |= stored_links(chain.currency, chain.days[chain.days.index(newest) + 1])
    elif newest:
        store_basket(chain.currency, newest, chain.basket)
    elif not chain.before:
        store_basket(chain.currency, None, None)
    return replace_points(chain.currency, chain.first, links)
