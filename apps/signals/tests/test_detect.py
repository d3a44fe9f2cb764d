"""From panels to the table, and to whoever runs the commands."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.prices.services import record_prices
from apps.prices.tests.factories import make_card, refresh
from apps.signals.models import Signal
from apps.signals.selectors import newest_price_day
from apps.signals.services import SignalUpdate, catch_up_signals, detect_signals
from mtgintel.core import derived
from mtgintel.core.models import PutOff

from .market import DAY, add_daily, at_noon, known_market, rising

pytestmark = pytest.mark.storage
# The aggregates are brought up to date by what cannot be undone.
commits = pytest.mark.django_db(transaction=True)


def stored(**which):
    rows = Signal.objects.filter(**which).order_by("currency", "card__name", "kind")
    return [
        (row.currency, row.card.name, row.finish, row.kind, row.direction)
        for row in rows.select_related("card")
    ]


EXPECTED = [
    ("TIX", "Ticket", "NONFOIL", "MOMENTUM", 1),
    ("TIX", "Ticket", "NONFOIL", "TREND", 1),
    ("TIX", "Ticket", "NONFOIL", "BREAKOUT", 1),
    ("USD", "Faller", "FOIL", "MOMENTUM", -1),
    ("USD", "Faller", "FOIL", "TREND", -1),
    ("USD", "Faller", "FOIL", "BREAKOUT", -1),
    ("USD", "Riser", "NONFOIL", "MOMENTUM", 1),
    ("USD", "Riser", "NONFOIL", "TREND", 1),
    ("USD", "Riser", "NONFOIL", "BREAKOUT", 1),
    ("USD", "Riser", "NONFOIL", "BUYLIST_PRESSURE", 1),
]


@pytest.fixture
def cards():
    return known_market()


@commits
class TestDetect:
    def test_what_it_finds_and_again_changes_nothing(self, cards):
        assert detect_signals(first=DAY) == SignalUpdate(10, 10, 0)
        assert stored() == EXPECTED
        assert detect_signals(first=DAY) == SignalUpdate(10, 0, 0)
        assert stored() == EXPECTED
        row = Signal.objects.get(card=cards["Riser"], kind="TREND")
        assert (row.day, row.version, row.marketplace.slug) == (DAY, 1, "tcgplayer")
        assert row.price == Decimal("17.99")
        assert (row.strength, row.observations) == (1.0, 30)
        assert row.confidence == pytest.approx(1, abs=1e-3)
        assert row.values.keys() == {"slope", "t", "r2", "move"}
        assert row.values["slope"] == pytest.approx(0.00995, abs=2e-5)
        bid = Signal.objects.get(kind="BUYLIST_PRESSURE").values
        assert bid["bid"] == bid["high"] + 0.12 == 10.11

    def test_rows_are_changed_in_place(self, cards):
        detect_signals(first=DAY)
        Signal.objects.filter(kind="TREND").update(strength=0.1, version=0)
        assert detect_signals(first=DAY) == SignalUpdate(10, 3, 0)
        assert set(Signal.objects.values_list("version", flat=True)) == {1}

    def test_what_vanished_is_removed_on_that_day_only(self, cards):
        other = DAY - timedelta(days=3)
        detect_signals(first=other)
        before = stored(day=other)
        Signal.objects.create(
            card=cards["Still"],
            finish="NONFOIL",
            currency="USD",
            kind="SUPPLY",
            day=DAY,
            direction=1,
            strength=1,
            confidence=1,
            observations=9,
            price=Decimal(7),
            marketplace_id=1,
            version=1,
        )
        assert detect_signals(first=DAY) == SignalUpdate(10, 10, 1)
        assert stored(day=DAY) == EXPECTED
        assert stored(day=other) == before

    def test_a_range_is_each_of_its_days(self, cards):
        first = DAY - timedelta(days=9)
        for n in range(10):
            detect_signals(first=first + timedelta(days=n))
        one_by_one = list(Signal.objects.order_by("pk").values())
        Signal.objects.all().delete()
        update = detect_signals(first=first, last=DAY)
        assert update == SignalUpdate(len(one_by_one), len(one_by_one), 0)
        assert list(Signal.objects.order_by("pk").values()) == one_by_one

    def test_the_future_is_of_no_matter(self, cards):
        day = DAY - timedelta(days=10)
        detect_signals(first=day)
        known = list(Signal.objects.order_by("pk").values())
        assert known
        rows = add_daily(cards["Riser"], ["99.00"], last=DAY + timedelta(days=1))
        refresh(rows)
        assert detect_signals(first=day).written == 0
        assert list(Signal.objects.order_by("pk").values()) == known

    def test_too_few_prices(self):
        refresh(add_daily(make_card(), rising(10, 0.05, days=12)))
        assert detect_signals(first=DAY) == SignalUpdate(0, 0, 0)


@commits
class TestAfterPrices:
    def test_days_from_the_changed_one_to_the_newest(self, cards):
        changed = DAY - timedelta(days=2)
        catch_up_signals(at_noon(changed), at_noon(changed))
        days = Signal.objects.values_list("day", flat=True).distinct().order_by("day")
        assert list(days) == [DAY - timedelta(days=n) for n in (2, 1, 0)]

    def test_prices_that_went_leave_none_behind(self, cards):
        detect_signals(first=DAY)
        later = at_noon(DAY + timedelta(days=1))
        Signal.objects.update(day=later.date())
        catch_up_signals(later, later)
        assert not Signal.objects.filter(day=later.date()).exists()

    def test_an_ingest_has_them_found_in_the_background(self, cards, monkeypatch):
        sent = []
        monkeypatch.setattr(
            derived.current_app, "send_task", lambda name, **_: sent.append(name)
        )
        record_prices(price_of(cards["Still"], "70", at_noon(DAY)), source="test")
        assert sent == ["core.catch_up"]
        assert Signal.objects.count() == 0
        derived.catch_up()
        assert ("USD", "Still", "NONFOIL", "BREAKOUT", 1) in stored(day=DAY)
        assert PutOff.objects.count() == 0


def price_of(card, amount: str, time: datetime):
    from apps.prices.ingest.base import PriceData
    from apps.prices.models import Marketplace

    return PriceData(
        card_id=card.pk,
        marketplace_id=Marketplace.objects.get(slug="tcgplayer").pk,
        price=Decimal(amount),
        currency="USD",
        time=time,
    )


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("detect_signals", *arguments, stdout=out)
    return out.getvalue()


@commits
class TestCommand:
    def test_the_newest_day_by_default(self, cards):
        assert run().startswith("signals of 2026-03-10: 10 found, 10 written")
        assert stored(day=DAY) == EXPECTED

    def test_another_day(self, cards):
        assert "2026-03-08" in run("--at", "2026-03-08")
        assert {row.day for row in Signal.objects.all()} == {DAY - timedelta(days=2)}

    def test_a_range(self, cards):
        assert "2026-03-08 to 2026-03-09" in run(
            "--from", "2026-03-08", "--to", "2026-03-09"
        )
        assert {row.day.day for row in Signal.objects.all()} == {8, 9}


@pytest.mark.django_db
class TestWithoutPrices:
    def test_none_are_found(self):
        assert detect_signals(first=DAY) == SignalUpdate(0, 0, 0)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--at", "10.3."], "no day"),
            (["--at", "2026-03-10", "--to", "2026-03-10"], "one day"),
            (["--from", "2026-03-10", "--to", "2026-03-09"], "after"),
            ([], "no prices"),
        ],
    )
    def test_what_it_refuses(self, arguments, message):
        with pytest.raises(CommandError, match=message):
            run(*arguments)
        assert Signal.objects.count() == 0


@commits
def test_the_demo_market_comes_with_them(client):
    call_command("demo", days=40, leave_rest=True, stdout=StringIO())
    assert not Signal.objects.exists()
    assert "being worked out right now" in client.get("/signals/").content.decode()

    derived.catch_up()

    assert "being worked out right now" not in client.get("/signals/").content.decode()
    days = Signal.objects.order_by("day").values_list("day", flat=True).distinct()
    assert len(days) > 20
    assert list(days)[-1] == newest_price_day()
    assert PutOff.objects.count() == 0
