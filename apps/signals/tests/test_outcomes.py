"""What became of signals: counted by hand, then from the table to the page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from apps.prices.models import Marketplace, SeriesBreak
from apps.prices.tests.factories import make_card, refresh
from apps.signals.maths.outcomes import Judged, Moves, Spoken, judge, moves
from apps.signals.maths.panel import FINISHES
from apps.signals.models import SignalOutcome
from apps.signals.selectors import counts_by_day, signal_record
from apps.signals.services import catch_up_outcomes, judge_signals
from mtgintel.core import cache
from tests.html import Page

from .market import DAY, add_daily, at_noon, make_signal
from .panels import TODAY, Row, observations

WEEK = timedelta(days=7)
THEN = TODAY - WEEK


def spoken(*rows: tuple[int, float, int]) -> Spoken:
    """Signals of kind 0 about (card, price, direction) in the stream 1."""
    card, price, direction = (np.array(one) for one in zip(*rows, strict=True))
    ones = np.ones(len(rows), np.int64)
    return Spoken(
        variant=card * FINISHES,
        marketplace=ones,
        price=price.astype(float),
        kind=ones * 0,
        version=ones,
        direction=direction,
    )


def course(then: float | None, now: float | None) -> Row:
    """Eight days, of which the first and the last are seen."""
    return [then, None, None, None, None, None, None, now]


class TestJudge:
    LATER = observations(
        (1, 1, course(10, 11)),
        (2, 1, course(10, 9)),
        (3, 1, course(10, 10)),
        (4, 1, [10, None, None, None, 12, None, None, None]),
        (5, 1, [10, None, None, 12, None, None, None, None]),
        (6, 2, course(10, 12)),
    )

    def judged(self, *rows: tuple[int, float, int]) -> list[tuple[int, int, int, int]]:
        found = judge(spoken(*rows), self.LATER, THEN, TODAY)
        return [(one.direction, one.signals, one.judged, one.right) for one in found]

    def test_by_the_way_they_spoke_for(self):
        assert self.judged((1, 10, 1), (2, 10, 1)) == [(1, 2, 2, 1)]
        assert self.judged((1, 10, -1), (2, 10, 1)) == [(-1, 1, 1, 0), (1, 1, 1, 0)]

    def test_a_price_that_stood_still_went_no_way(self):
        assert self.judged((3, 10, 1)) == [(1, 1, 1, 0)]
        assert self.judged((3, 10, -1)) == [(-1, 1, 1, 0)]
        assert self.judged((3, 9.999, 1)) == [(1, 1, 1, 1)]

    def test_a_price_of_three_days_before_stands_for_the_horizon(self):
        assert self.judged((4, 10, 1)) == [(1, 1, 1, 1)]
        assert self.judged((5, 10, 1)) == [(1, 1, 0, 0)]

    def test_only_in_its_own_series(self):
        assert self.judged((6, 10, 1), (7, 10, 1)) == [(1, 2, 0, 0)]

    def test_not_across_a_break(self):
        for began, judged in ((THEN, 1), (THEN + timedelta(days=1), 0), (TODAY, 0)):
            later = observations((1, 1, course(10, 11)), breaks={1: [began]})
            (one,) = judge(spoken((1, 10, 1)), later, THEN, TODAY)
            assert one == Judged(0, 1, 1, 1, judged, judged)

    def test_kinds_and_versions_apart(self):
        both = spoken((1, 10, 1), (2, 10, 1))
        other = Spoken(
            both.variant,
            both.marketplace,
            both.price,
            np.array([3, 4]),
            np.array([1, 2]),
            both.direction,
        )
        assert judge(other, self.LATER, THEN, TODAY) == [
            Judged(3, 1, 1, 1, 1, 1),
            Judged(4, 2, 1, 1, 1, 0),
        ]

    def test_of_nothing(self):
        nothing = Spoken(*(np.array([], np.int64) for _ in range(6)))
        assert judge(nothing, self.LATER, THEN, TODAY) == []


class TestMoves:
    def test_of_every_variant_in_the_stream_preferred(self):
        market = observations(
            (1, 1, course(10, 11)),
            (1, 2, course(10, 9)),
            (2, 2, course(10, 9)),
            (3, 1, course(10, 10)),
            (4, 1, course(0.4, 9)),
            (5, 1, course(10, None)),
            (6, 1, course(None, 9)),
            (7, 3, course(10, 30)),
            bids=[3],
        )

        found = moves(market, market, THEN, TODAY, least=0.5)

        assert found == Moves(judged=3, up=1, down=1)
        assert found.share(1) == found.share(-1) == pytest.approx(1 / 3)
        assert (Moves().share(1), found + found) == (0.0, Moves(6, 2, 2))


@pytest.fixture
def market() -> dict[str, object]:
    """Over ten days Up rises, Down falls and Still stands; Gone is not seen again."""
    cards = {
        name: make_card(name, collector_number=str(n))
        for n, name in enumerate(["Up", "Down", "Still", "Gone"])
    }
    rows = [
        *add_daily(cards["Up"], [f"{10 + n}.00" for n in range(11)]),
        *add_daily(cards["Down"], [f"{30 - n}.00" for n in range(11)]),
        *add_daily(cards["Still"], ["7.00"] * 11),
        *add_daily(cards["Gone"], ["5.00", *[None] * 10]),
    ]
    refresh(rows)
    return cards


def stored(**which):
    return [
        (row.day, row.horizon_days, row.direction, row.signals, row.judged, row.right)
        for row in SignalOutcome.objects.filter(**which).order_by("day", "direction")
    ]


FIRST = DAY - timedelta(days=10)


@pytest.mark.storage
# The aggregates are brought up to date by what cannot be undone.
@pytest.mark.django_db(transaction=True)
class TestStored:
    def signals(self, market, day: date = FIRST) -> None:
        make_signal(market["Up"], day=day, price=Decimal("10.00"))
        make_signal(market["Down"], day=day, price=Decimal("30.00"))
        make_signal(market["Gone"], day=day, price=Decimal("5.00"))
        make_signal(market["Down"], "MOMENTUM", day=day, direction=-1, price="30.00")
        make_signal(market["Up"], "VOLATILITY", day=day, direction=0)

    def test_what_is_due_is_counted(self, market):
        self.signals(market)

        assert judge_signals(first=FIRST, last=DAY) == 2

        trend = SignalOutcome.objects.get(kind="TREND")
        assert (trend.due_on, trend.horizon_days) == (FIRST + WEEK, 7)
        assert (trend.signals, trend.judged, trend.right) == (3, 2, 1)
        # Of the three variants that have a price then, one rose.
        assert trend.expected == pytest.approx(2 / 3)
        momentum = SignalOutcome.objects.get(kind="MOMENTUM")
        assert (momentum.signals, momentum.right) == (1, 1)
        assert momentum.expected == pytest.approx(1 / 3)

    def test_again_changes_nothing(self, market):
        self.signals(market)
        judge_signals(first=FIRST, last=DAY)
        before = stored()

        assert judge_signals(first=FIRST, last=DAY) == 2
        assert stored() == before

    def test_only_what_is_due_in_the_range(self, market):
        self.signals(market)
        judge_signals(first=FIRST, last=DAY)

        assert judge_signals(first=FIRST + WEEK + timedelta(days=1), last=DAY) == 0
        assert len(stored()) == 2
        SignalOutcome.objects.update(right=9)
        judge_signals(first=FIRST + WEEK, last=FIRST + WEEK)
        assert [row[-1] for row in stored(kind="TREND")] == [1]

    def test_nothing_across_a_break(self, market):
        self.signals(market)
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=FIRST + timedelta(days=2),
            before="x",
            after="y",
            source="test",
        )

        judge_signals(first=FIRST, last=DAY)

        trend = SignalOutcome.objects.get(kind="TREND")
        assert (trend.signals, trend.judged, trend.expected) == (3, 0, 0.0)

    def test_after_an_ingest_and_at_first_all_there_are(self, market):
        self.signals(market)
        noon = at_noon(DAY)

        catch_up_outcomes(noon, noon)
        assert len(stored()) == 2
        SignalOutcome.objects.update(right=9)
        catch_up_outcomes(noon, noon)
        assert {row[-1] for row in stored()} == {9}
        catch_up_outcomes(at_noon(FIRST), noon)
        assert {row[-1] for row in stored()} == {1}

    def test_without_signals_there_is_nothing_to_count(self, market):
        catch_up_outcomes(at_noon(FIRST), at_noon(DAY))

        assert stored() == []


def make_outcome(day: date = FIRST, **fields) -> SignalOutcome:
    horizon = fields.setdefault("horizon_days", 7)
    return SignalOutcome.objects.create(
        **{
            "day": day,
            "due_on": day + timedelta(days=horizon),
            "currency": "USD",
            "kind": "TREND",
            "version": 1,
            "direction": 1,
            "signals": 60,
            "judged": 50,
            "right": 30,
            "expected": 20.0,
        }
        | fields
    )


@pytest.mark.django_db
@pytest.mark.storage
class TestRecord:
    def test_over_all_days(self):
        make_outcome()
        make_outcome(FIRST + 4 * WEEK, right=20)
        make_outcome(horizon_days=30, judged=0, right=0, expected=0.0)
        make_outcome(version=0)
        make_outcome(currency="EUR", direction=-1)

        week, month = signal_record("USD")["TREND"]

        assert (week.signals, week.judged, week.right, week.days) == (120, 100, 50, 2)
        assert (week.hit_ratio, week.market_ratio) == (0.5, 0.4)
        assert (week.first, week.last) == (FIRST, FIRST + 4 * WEEK)
        assert week.is_enough
        assert (month.hit_ratio, month.market_ratio) == (None, None)
        assert not month.is_enough
        assert signal_record("USD")["MOMENTUM"] == []

    def test_days_close_together_are_not_enough(self):
        for n in range(20):
            make_outcome(FIRST + timedelta(days=n))

        (week,) = signal_record("USD")["TREND"]

        assert (week.judged, week.days) == (1000, 20)
        assert not week.is_enough

    def test_on_the_page_of_the_kind(self, client):
        make_outcome()
        rows = Page(client.get("/signals/trend/")).texts("tr")
        assert (
            "a higher price 7 days 60.0 % FEW 40.0 % 50 of 60 have a price then "
            "1 28 Feb 2026 to 28 Feb 2026"
        ) in rows
        text = client.get("/signals/volatility/").content.decode()
        assert "It speaks for no direction" in text
        text = client.get("/signals/momentum/").content.decode()
        assert "No signal of this kind in USD is seven days old yet" in text

    def test_for_scripts(self, client):
        make_outcome()
        kinds = client.get("/api/signals/kinds").json()["kinds"]
        records = {one["kind"]["kind"]: one["record"] for one in kinds}

        assert records.pop("TREND") == [
            {
                "direction": "up",
                "horizon_days": 7,
                "signals": 60,
                "judged": 50,
                "right": 30,
                "hit_ratio": 0.6,
                "market_ratio": 0.4,
                "days": 1,
                "first": "2026-02-28",
                "last": "2026-02-28",
                "is_enough": False,
            }
        ]
        assert set(map(len, records.values())) == {0}

    @pytest.mark.parametrize("days", [1, 40])
    def test_statements(self, client, days, django_assert_max_num_queries):
        for n in range(days):
            make_outcome(FIRST + timedelta(days=n))
        cache.bump()
        with django_assert_max_num_queries(4):
            client.get("/api/signals/kinds")


@pytest.mark.django_db
@pytest.mark.storage
class TestAdmin:
    LIST = reverse("admin:signals_signaloutcome_changelist")
    BY_DAY = reverse("admin:signals_by_day")

    def staff(self, client, *permissions: str):
        user = User.objects.create_user("kim", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
        return client

    def test_counts_by_day(self, client):
        card = make_card("Ada")
        make_signal(card)
        make_signal(card, "SUPPLY", day=DAY - timedelta(days=20))
        make_signal(card, finish="FOIL", direction=-1)
        make_outcome()
        client = self.staff(client, "view_signaloutcome")

        (one,) = counts_by_day()
        assert (one.day, one.currency, one.kind.slug) == (DAY, "USD", "TREND")
        assert (one.version, one.up, one.down, one.neither) == (1, 1, 1, 0)
        assert "2026-03-10" in client.get(self.BY_DAY).content.decode()
        text = client.get(self.LIST).content.decode()
        assert "60.0 %" in text
        assert self.BY_DAY in text

    def test_nobody_writes_them(self, client):
        outcome = make_outcome()
        client = self.staff(
            client, *(f"{verb}_signaloutcome" for verb in ("add", "change", "delete"))
        )
        page = reverse("admin:signals_signaloutcome_change", args=[outcome.pk])

        assert client.post(page, {"right": 50}).status_code == 403
        add = reverse("admin:signals_signaloutcome_add")
        assert client.get(add).status_code == 403
        outcome.refresh_from_db()
        assert outcome.right == 30

    def test_not_without_permission(self, client):
        client = self.staff(client)

        assert client.get(self.LIST).status_code == 403
        assert client.get(self.BY_DAY).status_code == 403
