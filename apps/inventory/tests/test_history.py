"""Past days of a collection: replayed, kept, brought up to date by what comes in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import User

from apps.inventory import tasks
from apps.inventory.models import Disposal, Lot, PortfolioValue
from apps.inventory.selectors import history as selector
from apps.inventory.selectors.history import (
    ValueDay,
    in_pieces,
    replayed,
    value_history,
    worth_on,
)
from apps.inventory.selectors.performance import flows_of, performance
from apps.inventory.selectors.portfolio import Figure, portfolio
from apps.inventory.selectors.values import HoldingsQuery
from apps.inventory.services.changed import holdings_changed
from apps.inventory.services.history import fill_values, push_followed, update_values
from apps.prices.ingest.base import PriceData
from apps.prices.models import Marketplace
from apps.prices.services import record_prices
from apps.prices.tests.factories import make_card
from mtgintel.core import background, cache, derived

from .test_values import make_lot, prefer

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def card():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


def on(day: int) -> date:
    return FIRST + day * DAY


def price(card, day: int, amount: str, slug: str = "tcgplayer", **changes) -> PriceData:
    """A price at 06:00 of the so many'th day after FIRST."""
    stream = Marketplace.objects.get(slug=slug)
    return PriceData(
        **{
            "card_id": card.pk,
            "marketplace_id": stream.pk,
            "price": Decimal(amount),
            "currency": stream.currency,
            "time": datetime(2026, 3, 1, 6, tzinfo=UTC) + day * DAY,
            **changes,
        }
    )


def ingest(*prices: PriceData) -> None:
    record_prices(list(prices), source="test")


def market(days: list[ValueDay]) -> dict[int, str]:
    """{days after FIRST: market value}, of the days that have one."""
    return {
        (one.day - FIRST).days: str(one.worth.market.value)
        for one in days
        if one.worth.market.copies
    }


def replay(owner: User, *days: int, currency: str = "USD") -> dict[int, str]:
    return market(replayed(owner, currency, [on(day) for day in days]))


def everything(owner: User, currency: str = "USD") -> list[ValueDay]:
    return value_history(owner, currency, "all").days


class TestReplay:
    def test_lots_from_the_day_they_came_until_they_went(self, owner, card):
        ingest(*(price(card, day, f"{10 + day}.00") for day in range(6)))
        early = make_lot(owner, card, 3, disposed=2, acquired_on=on(1))
        make_lot(owner, card, 1, acquired_on=on(3))
        for quantity, day in ((1, 2), (1, 4)):
            Disposal.objects.create(lot=early, quantity=quantity, disposed_on=on(day))

        # 3 × 11, 2 × 12, 3 × 13, 2 × 14, 2 × 15.
        assert replay(owner, 0, 1, 2, 3, 4, 5) == {
            1: "33.00",
            2: "24.00",
            3: "39.00",
            4: "28.00",
            5: "30.00",
        }

    def test_only_copies_that_are_worth_enough(self, owner, card):
        cheap = make_card("Opt", set_code="xln", collector_number="65")
        ingest(price(card, 1, "10.00"), price(cheap, 1, "1.00"))
        make_lot(owner, card, 2, acquired_on=FIRST)
        make_lot(owner, card, 3, acquired_on=FIRST, is_signed=True)
        make_lot(owner, cheap, 50, acquired_on=FIRST)

        found = worth_on(owner, "USD", on(1), Decimal(5)).worth

        assert (found.copies, found.special) == (2, 0)
        assert found.market == Figure(Decimal("20.00"), 2, 0, 0)

    def test_a_lot_without_a_date_from_the_day_it_was_entered(self, owner, card):
        ingest(*(price(card, day, "10.00") for day in (7, 8, 9)))
        lot = make_lot(owner, card)
        entered = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)
        Lot.objects.filter(pk=lot.pk).update(created_at=entered)

        assert replay(owner, 7, 8, 9) == {8: "10.00", 9: "10.00"}

    def test_a_price_holds_while_its_stream_is_fresh(self, owner, card):
        ingest(price(card, 1, "10.00"), price(card, 7, "20.00"))
        make_lot(owner, card, acquired_on=FIRST)
        hours = Marketplace.objects.get(slug="tcgplayer").freshness_hours

        assert hours == 48
        assert replay(owner, *range(9)) == {
            **dict.fromkeys((1, 2, 3), "10.00"),
            **dict.fromkeys((7, 8), "20.00"),
        }

    def test_the_preferred_stream_while_it_has_a_price(self, owner, card):
        ingest(
            price(card, 0, "10.00"),
            *(price(card, day, "11.00", "manapool") for day in range(5)),
        )
        make_lot(owner, card, acquired_on=FIRST)

        assert replay(owner, 2, 3) == {2: "10.00", 3: "11.00"}
        prefer(owner, marketplaces=["manapool", "tcgplayer"])
        assert replay(owner, 2, 3) == {2: "11.00", 3: "11.00"}

    def test_the_observed_grade_else_an_estimate(self, owner, card):
        ingest(
            price(card, 0, "10.00"),
            price(card, 1, "10.00"),
            price(card, 1, "9.00", "manapool", condition="LIGHTLY_PLAYED"),
        )
        make_lot(owner, card, 1, condition="LIGHTLY_PLAYED", acquired_on=FIRST)

        before, after = replayed(owner, "USD", [on(0), on(1)])

        assert before.worth.market == Figure(Decimal("8.70"), 1, 1, 0)
        assert after.worth.market == Figure(Decimal("9.00"), 1, 0, 0)

    def test_the_best_bid_of_each_stream_as_it_is_by_then(self, owner, card):
        ingest(
            price(card, 0, "6.00", "cardkingdom-buylist"),
            price(card, 1, "5.00", "cardkingdom-buylist"),
        )
        make_lot(owner, card, 2, acquired_on=FIRST)

        first, second = replayed(owner, "USD", [on(0), on(1)])

        assert first.worth.buylist == Figure(Decimal("12.00"), 2, 0, 0)
        # The higher one of the day before is no longer offered.
        assert second.worth.buylist == Figure(Decimal("10.00"), 2, 0, 0)
        assert second.worth.market == Figure(Decimal("0.00"), 0, 0, 2)

    def test_a_day_on_which_all_had_gone_is_worked_out_too(self, owner, card):
        ingest(*(price(card, day, "10.00") for day in range(3)))
        lot = make_lot(owner, card, 2, disposed=2, acquired_on=on(1))
        Disposal.objects.create(lot=lot, quantity=2, disposed_on=on(2))

        found = replayed(owner, "USD", [on(0), on(1), on(2)])

        assert [(one.day, one.worth.copies) for one in found] == [
            (on(1), 2),
            (on(2), 0),
        ]
        fill_values(user_id=owner.pk)
        assert value_history(owner, "USD", "all").waiting == 0

    def test_net_of_fees_and_special_copies(self, owner, card):
        ingest(price(card, 0, "10.00"))
        make_lot(owner, card, 3, acquired_on=FIRST)
        make_lot(owner, card, 1, grade="PSA 9", acquired_on=FIRST)

        (found,) = replayed(owner, "USD", [FIRST])

        assert found.worth.net == Figure(Decimal("24.885"), 3, 0, 0)
        assert (found.worth.copies, found.worth.special) == (4, 1)

    def test_in_another_language_and_of_another_printing(self, owner, card):
        german = make_card("Blitzschlag", language="GERMAN")
        ingest(price(card, 0, "10.00"), price(german, 0, "4.00"))
        make_lot(owner, card, language="GERMAN", acquired_on=FIRST)
        make_lot(owner, german, language="GERMAN", acquired_on=FIRST)

        (found,) = replayed(owner, "USD", [FIRST])

        assert found.worth.market == Figure(Decimal("4.00"), 1, 0, 1)

    def test_of_one_currency(self, owner, card):
        ingest(price(card, 0, "10.00"), price(card, 0, "8.00", "cardmarket"))
        make_lot(owner, card, acquired_on=FIRST)

        assert replay(owner, 0, currency="EUR") == {0: "8.00"}
        assert replay(owner, 0, currency="TIX") == {}

    def test_of_nobody_else_and_of_nothing(self, owner, card):
        ingest(price(card, 0, "10.00"))
        make_lot(User.objects.create_user("bob"), card, acquired_on=FIRST)

        assert replay(owner, 0) == {}
        assert worth_on(owner, "USD", FIRST) is None

    def test_only_of_cards_worth_something(self, owner, card):
        opt = make_card("Opt", set_code="xln", collector_number="65")
        ingest(price(card, 0, "10.00"), price(opt, 0, "0.25"))
        make_lot(owner, card, acquired_on=FIRST)
        make_lot(owner, opt, 100, acquired_on=FIRST)

        found = worth_on(owner, "USD", FIRST, Decimal(1))

        assert found is not None
        assert (found.worth.market.value, found.worth.market.copies) == (
            Decimal("10.00"),
            1,
        )


class TestKept:
    @pytest.fixture(autouse=True)
    def _market(self, owner, card):
        make_lot(owner, card, 2, acquired_on=FIRST, unit_cost=Decimal("8.00"))
        ingest(*(price(card, day, f"{10 + day}.00") for day in range(10)))
        self.card = card

    def kept(self) -> dict[int, int]:
        rows = PortfolioValue.objects.filter(currency="USD")
        return {(one.day - FIRST).days: one.market for one in rows}

    def test_by_the_ingest_in_the_background(self, owner):
        assert self.kept() == {}
        derived.catch_up()

        assert self.kept() == {day: 2_000 * (10 + day) for day in range(10)}

    def test_a_replay_is_what_is_kept(self, owner):
        days = [on(day) for day in range(10)]
        alone = [replayed(owner, "USD", [day])[0] for day in days]
        fill_values(user_id=owner.pk)

        assert everything(owner) == replayed(owner, "USD", days) == alone

    def test_today_is_what_the_page_says(self, owner):
        fill_values(user_id=owner.pk)

        now = portfolio(owner, HoldingsQuery()).worth

        assert everything(owner)[-1].worth == now
        assert now.market.value == Decimal("38.00")

    def test_twice_is_once(self, owner):
        assert fill_values(user_id=owner.pk) > 0
        before = list(PortfolioValue.objects.order_by("pk").values())

        assert fill_values(user_id=owner.pk) == 0
        update_values(NOON - 9 * DAY, NOON)
        assert list(PortfolioValue.objects.order_by("pk").values()) == before

    def test_a_corrected_price_changes_its_days(self, owner):
        derived.catch_up()
        ingest(price(self.card, 4, "50.00", time=datetime(2026, 3, 5, 9, tzinfo=UTC)))
        derived.catch_up()

        assert self.kept()[4] == 100_000
        assert self.kept()[5] == 30_000

    def test_every_night(self, owner):
        derived.catch_up()
        with time_machine.travel(NOON + DAY, tick=False):
            tasks.keep_values()

            # No price yet; yesterday's holds.
            assert self.kept()[10] == 38_000

    def test_an_edit_makes_days_outdated_until_they_are_filled(
        self, owner, monkeypatch
    ):
        derived.catch_up()
        make_lot(owner, self.card, 1, acquired_on=on(8))
        monkeypatch.setattr(selector, "AFFORDABLE", 0)
        found = value_history(owner, "USD", "all")
        assert (found.outdated, found.waiting) == (2, 0)
        assert market(found.days)[9] == "38.00"

        tasks.fill_values_task(owner.pk)

        found = value_history(owner, "USD", "all")
        assert (found.outdated, found.waiting) == (0, 0)
        assert market(found.days)[7] == "34.00"
        assert market(found.days)[9] == "57.00"

    def test_days_are_replayed_where_that_is_quick(self, owner, monkeypatch):
        found = value_history(owner, "USD", "all")

        assert (len(found.days), found.waiting) == (10, 0)
        assert self.kept() == {}
        cache.bump()
        monkeypatch.setattr(selector, "AFFORDABLE", 4)
        found = value_history(owner, "USD", "all")
        # The newest first.
        assert (sorted(market(found.days)), found.waiting) == ([6, 7, 8, 9], 6)

    def test_another_preference_is_another_history(self, owner):
        derived.catch_up()
        prefer(owner, near_mint_multiplier=Decimal("0.5"), marketplaces=["manapool"])

        assert market(everything(owner)) == {}

    def test_other_periods_and_currencies(self, owner):
        derived.catch_up()

        assert len(value_history(owner, "USD", "30d").days) == 10
        assert value_history(owner, "TIX", "30d").days == []
        with time_machine.travel(NOON + 35 * DAY, tick=False):
            assert market(value_history(owner, "USD", "30d").days) == {}

    def test_warm_it_asks_once(self, owner, django_assert_num_queries):
        derived.catch_up()
        value_history(owner, "USD", "90d")
        with django_assert_num_queries(1):
            value_history(owner, "USD", "90d")

    def test_days_before_the_newest_year_are_sundays(self, owner):
        with time_machine.travel(NOON + 372 * DAY, tick=False):
            # 17 March 2027; the year before it begins on 17 March 2026.
            days = [one.day for one in selector.due_days(owner, "USD")]

        assert days[:3] == [date(2026, 3, 1), date(2026, 3, 8), date(2026, 3, 15)]
        assert days[3] == date(2026, 3, 17)
        assert days[-1] == date(2027, 3, 17)


class TestReturns:
    def test_against_the_flows_of_measured_lots(self, owner, card):
        other = make_card("Opt", set_code="xln", collector_number="65")
        ingest(
            *(
                price(one, day, amount)
                for one in (card, other)
                for day, amount in enumerate(("10.00", "11.00", "11.00", "12.10"))
            )
        )
        lot = make_lot(
            owner, card, 2, disposed=1, acquired_on=FIRST, unit_cost=Decimal("9.00")
        )
        Disposal.objects.create(
            lot=lot,
            quantity=1,
            unit_proceeds=Decimal("11.00"),
            currency="USD",
            disposed_on=on(2),
        )
        # Nobody knows what these cost, or what was got for them.
        make_lot(owner, other, 50, acquired_on=on(1))
        sold = make_lot(
            owner, other, 2, disposed=1, acquired_on=FIRST, unit_cost=Decimal("1.00")
        )
        Disposal.objects.create(lot=sold, quantity=1, disposed_on=on(3))

        history = value_history(owner, "USD", "all")
        found = performance(owner, history)

        # 22/20, (11 + 11)/22, 12.10/11, and what holds for two days more.
        assert found.time_weighted.percent == Decimal("21.00")
        assert (found.first, found.last) == (FIRST, on(5))
        assert [(flow.paid, flow.received) for flow in flows_of(owner, "USD")] == [
            (Decimal("18.00"), Decimal("0.00")),
            (Decimal("0.00"), Decimal("11.00")),
        ]
        # 12.10 of 12.10 × 52.
        assert found.measured_percent == Decimal("1.9")

    def test_a_gift_is_neither_gain_nor_loss(self, owner, card):
        ingest(*(price(card, day, f"{10 + day}.00") for day in range(3)))
        lot = make_lot(
            owner, card, 3, disposed=1, acquired_on=FIRST, unit_cost=Decimal("9.00")
        )
        Disposal.objects.create(lot=lot, quantity=1, kind="GIVEN", disposed_on=on(1))

        found = performance(owner, value_history(owner, "USD", "all"))

        # From 10 to 12, by the copies that stay.
        assert found.time_weighted.percent == Decimal("20.00")
        assert found.money_weighted.percent == Decimal("20.00")

    def test_what_never_had_a_price_is_no_loss(self, owner, card):
        other = make_card("Opt", set_code="xln", collector_number="65")
        ingest(*(price(card, day, f"{10 + day}.00") for day in range(3)))
        paid = {"unit_cost": Decimal("9.00")}
        make_lot(owner, card, acquired_on=FIRST, **paid)
        make_lot(owner, other, 9, acquired_on=on(1), **paid)

        found = performance(owner, value_history(owner, "USD", "all"))

        assert found.time_weighted.percent == Decimal("20.00")

    def test_days_on_which_nothing_had_a_price_are_gaps(self, owner, card):
        other = make_card("Opt", set_code="xln", collector_number="65")
        ingest(
            price(card, 0, "10.00"),
            price(card, 8, "12.00"),
            *(price(other, day, "1.00") for day in range(9)),
        )
        make_lot(owner, card, acquired_on=FIRST, unit_cost=Decimal("9.00"))
        make_lot(owner, other, acquired_on=FIRST)

        history = value_history(owner, "USD", "all")
        found = performance(owner, history)

        # Measured are no copies that had a price on day 5.
        assert [one.measured for one in history.days][5] == 0
        assert found.time_weighted.percent == Decimal("20.00")

    def test_a_day_after_all_were_sold_is_none(self, owner, card):
        ingest(*(price(card, day, f"{10 + day}.00") for day in range(3)))
        lot = make_lot(
            owner, card, disposed=1, acquired_on=FIRST, unit_cost=Decimal("9.00")
        )
        make_lot(owner, card, acquired_on=FIRST)
        Disposal.objects.create(
            lot=lot,
            quantity=1,
            unit_proceeds=Decimal("15.00"),
            currency="USD",
            disposed_on=on(1),
        )

        found = performance(owner, value_history(owner, "USD", "all"))

        assert found.time_weighted.percent == Decimal("50.00")

    def test_without_a_known_cost_there_is_none(self, owner, card):
        ingest(price(card, 0, "10.00"), price(card, 1, "11.00"))
        make_lot(owner, card, 2, acquired_on=FIRST)

        found = performance(owner, value_history(owner, "USD", "all"))

        assert found.time_weighted.percent is None
        assert found.time_weighted.reason == "it takes two days with a value"
        assert (found.first, found.measured_percent) == (None, Decimal("0.0"))


class TestAsked:
    @pytest.fixture
    def sent(self, monkeypatch):
        sent = []
        monkeypatch.setattr(
            background.current_app,
            "send_task",
            lambda name, args, **_: sent.append((name, args)),
        )
        return sent

    def test_once_for_many_edits(self, owner, sent):
        background.begun("inventory.fill_values", owner.pk)
        for _ in range(3):
            holdings_changed(owner.pk)
        assert sent == [("inventory.fill_values", (owner.pk,))]

        tasks.fill_values_task(owner.pk)
        holdings_changed(owner.pk)
        assert len(sent) == 2

    def test_nobody_is_told_who_does_not_follow(self, owner, card):
        make_lot(owner, card)

        assert push_followed() == 0

    def test_of_somebody_who_left(self):
        assert fill_values(user_id=0) == 0


def test_days_are_worked_out_a_fortnight_at_a_time():
    days = [on(day) for day in (*range(30), 100)]

    pieces = list(in_pieces(days))

    assert [len(piece) for piece in pieces] == [14, 14, 2, 1]
    assert [day for piece in pieces for day in piece] == days
