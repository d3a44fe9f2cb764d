"""Every kind of alert: what it sees, that it fires once, and when it must not."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.alerts.kinds import KINDS
from apps.alerts.models import Alert, Firing, Watch
from apps.alerts.services import evaluate as evaluation
from apps.alerts.services.evaluate import evaluate
from apps.alerts.services.merges import follow_merges
from apps.alerts.services.rules import (
    change_alert,
    create_alert,
    pause,
    rearm,
    resume,
    snooze,
)
from apps.inventory.models import Lot
from apps.inventory.services.wants import add_want, change_want
from apps.market.models import SpreadOpportunity
from apps.market.services import update_spreads
from apps.prices.models import (
    IngestRun,
    LatestPrice,
    Marketplace,
    PriceOverride,
    QuarantinedPrice,
    SeriesBreak,
)
from apps.prices.tests.factories import make_card, make_price
from apps.recommendations.models import Recommendation
from apps.recommendations.tests.calls import make_call
from apps.settings.services import save_preferences
from apps.signals.models import Signal
from mtgintel.core import cache

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def price(card, amount: str, marketplace: str = "cardkingdom", **fields) -> None:
    """The newest price of a series is this now."""
    stream = Marketplace.objects.get(slug=marketplace)
    key = {
        "card": card,
        "marketplace": stream,
        "finish": fields.get("finish", "NONFOIL"),
    }
    LatestPrice.objects.filter(**key).delete()
    make_price(card, amount, marketplace, **fields)
    cache.bump()


def titles() -> list[str]:
    return list(Firing.objects.order_by("id").values_list("title", flat=True))


def below(owner, card, **fields) -> Alert:
    """At or below 40.00 dollars, and back at 42.00."""
    said = {
        "card": card,
        "currency": "USD",
        "direction": "BELOW",
        "threshold": Decimal(40),
        "hysteresis_percent": Decimal(5),
    }
    return create_alert(owner=owner, kind="PRICE", **said | fields)


class TestPriceLevel:
    def test_it_fires_once_for_each_crossing(self, owner, bolt):
        below(owner, bolt)
        fired = []
        for amount in ("45", "40", "39", "41.99", "39", "42", "38"):
            price(bolt, amount)
            fired.append(evaluate().fired)
            # The same prices again, as when an ingest is derived twice.
            assert evaluate().fired == 0

        assert fired == [0, 1, 0, 0, 0, 0, 1]
        assert titles() == [
            "Lightning Bolt (M10 146) is $40.00 at Card Kingdom, at or below $40.00",
            "Lightning Bolt (M10 146) is $38.00 at Card Kingdom, at or below $40.00",
        ]
        assert list(
            Firing.objects.order_by("id").values_list(
                "crossing", "value", "threshold", "currency", "marketplace", "card"
            )
        ) == [
            (1, Decimal(40), Decimal(40), "USD", "cardkingdom", bolt.pk),
            (2, Decimal(38), Decimal(40), "USD", "cardkingdom", bolt.pk),
        ]

    def test_the_cheapest_live_offer_counts_unless_a_stream_is_named(self, owner, bolt):
        anywhere = below(owner, bolt)
        named = below(
            owner, bolt, marketplace=Marketplace.objects.get(slug="tcgplayer")
        )
        price(bolt, "50", "cardkingdom")
        price(bolt, "39", "tcgplayer")
        evaluate()
        assert [one.alert for one in Firing.objects.all()] == [named]

        price(bolt, "38", "cardtrader-usd")
        evaluate()
        assert Firing.objects.filter(alert=anywhere).count() == 1

    def test_a_buylist_can_be_watched(self, owner, bolt):
        stream = Marketplace.objects.get(slug="cardkingdom-buylist")
        below(owner, bolt, marketplace=stream, direction="ABOVE")
        price(bolt, "39", "cardkingdom-buylist")
        assert evaluate().fired == 0
        price(bolt, "41", "cardkingdom-buylist")
        assert evaluate().fired == 1

    def test_only_its_own_finish_grade_and_language(self, owner, bolt):
        below(owner, bolt, finish="FOIL")
        price(bolt, "1")
        make_price(bolt, "1", "cardkingdom", finish="FOIL", condition="DAMAGED")
        make_price(bolt, "1", "cardkingdom", finish="FOIL", language="JAPANESE")
        assert evaluate().fired == 0
        make_price(bolt, "1", "cardkingdom", finish="FOIL")
        assert evaluate().fired == 1
        assert "(M10 146, foil)" in titles()[0]

    def test_never_on_what_is_stale(self, owner, bolt):
        below(owner, bolt)
        price(make_card("Opt"), "1.00")
        price(bolt, "10", as_of=timezone.now() - timedelta(hours=49))
        assert evaluate().fired == 0
        price(bolt, "10", as_of=timezone.now() - timedelta(hours=47))
        assert evaluate().fired == 1

    def test_nor_on_what_is_out_of_stock(self, owner, bolt):
        below(owner, bolt)
        price(bolt, "10", num_listings=0)
        assert evaluate().fired == 0

    def test_nor_on_what_is_doubted(self, owner, bolt):
        below(owner, bolt)
        price(bolt, "10")
        row = LatestPrice.objects.get()
        key = {
            "card": bolt,
            "marketplace": row.marketplace,
            "condition": "NEAR_MINT",
            "finish": "NONFOIL",
            "language": "ENGLISH",
            "currency": "USD",
        }
        held = QuarantinedPrice.objects.create(
            run=IngestRun.objects.create(source="cardkingdom"),
            reason="OUTLIER",
            time=row.as_of + timedelta(minutes=5),
            price=Decimal(900),
            **key,
        )
        assert evaluate().fired == 0
        held.delete()
        override = PriceOverride.objects.create(
            price=Decimal(10), valid_from=row.as_of, reason="x", author=owner, **key
        )
        assert evaluate().fired == 0
        override.revoked_at = timezone.now()
        override.save()
        assert evaluate().fired == 1

    def test_nor_on_an_estimate(self, owner, bolt):
        """Nobody prices the played copy; a multiple of Near Mint is no price of it."""
        below(owner, bolt, condition="DAMAGED")
        price(bolt, "1")
        assert evaluate().fired == 0

    def test_another_currency_is_another_price(self, owner, bolt):
        below(owner, bolt, currency="EUR")
        price(bolt, "1")
        assert evaluate().fired == 0

    def test_it_outlives_a_merge(self, owner, bolt):
        new = make_card("Lightning Bolt", set_code="sld")
        alert = below(owner, bolt)
        price(bolt, "39")
        evaluate()

        follow_merges([(bolt.pk, new.pk)])

        alert.refresh_from_db()
        assert alert.card_id == Firing.objects.get().card_id == new.pk


class TestWhatItsOwnerDoes:
    def test_paused_it_sees_nothing(self, owner, bolt):
        alert = below(owner, bolt)
        pause(alert=alert)
        price(bolt, "10")
        assert evaluate().fired == 0
        resume(alert=alert)
        assert evaluate().fired == 1

    def test_snoozed_it_goes_back_but_does_not_fire(self, owner, bolt):
        alert = below(owner, bolt)
        price(bolt, "10")
        evaluate()
        snooze(alert=alert, until=timezone.now() + timedelta(hours=1))
        price(bolt, "50")
        evaluate()
        assert Watch.objects.get().state == "ARMED"
        price(bolt, "10")
        assert evaluate().fired == 0
        Alert.objects.update(snoozed_until=timezone.now() - timedelta(hours=1))
        assert evaluate().fired == 1

    def test_a_one_shot_fires_again_only_when_re_armed_and_back(self, owner, bolt):
        alert = below(owner, bolt, repeats=False)
        fired = []
        for amount in ("39", "50", "39"):
            price(bolt, amount)
            fired.append(evaluate().fired)
        assert fired == [1, 0, 0]

        assert rearm(alert=alert) == 1
        assert evaluate().fired == 0
        price(bolt, "50")
        evaluate()
        price(bolt, "39")
        assert evaluate().fired == 1

    def test_another_rule_begins_anew(self, owner, bolt):
        alert = below(owner, bolt)
        price(bolt, "30")
        evaluate()
        change_alert(alert=alert, name="cheap bolts", by_mail=True)
        assert evaluate().fired == 0
        change_alert(alert=alert, threshold=Decimal(35))
        assert evaluate().fired == 1
        assert list(Firing.objects.values_list("crossing", flat=True)) == [2, 1]


class TestAtOnce:
    def test_a_crash_between_state_and_firing_loses_nothing(
        self, owner, bolt, monkeypatch
    ):
        below(owner, bolt)
        price(bolt, "39")

        def crash(**_):
            raise RuntimeError("the power went")

        with monkeypatch.context() as patch:
            patch.setattr(evaluation, "plan_deliveries", crash)
            with pytest.raises(RuntimeError):
                evaluate()
        assert (Watch.objects.count(), Firing.objects.count()) == (0, 0)

        assert (evaluate().fired, evaluate().fired) == (1, 0)
        assert Firing.objects.count() == 1

    def test_a_step_from_a_state_that_is_gone_is_not_written(
        self, owner, bolt, monkeypatch
    ):
        """Another process fired between our read and our write."""
        below(owner, bolt)
        price(bolt, "39")
        seen = list(evaluation.readings("PRICE"))
        assert evaluate().fired == 1

        monkeypatch.setattr(
            evaluation, "readings", lambda kind: seen if kind == "PRICE" else []
        )
        assert evaluate().fired == 0
        assert Firing.objects.count() == 1

    def test_nor_one_of_a_rule_that_was_changed_or_deleted(
        self, owner, bolt, monkeypatch
    ):
        alert, gone = below(owner, bolt), below(owner, bolt)
        price(bolt, "39")
        seen = list(evaluation.readings("PRICE"))
        change_alert(alert=alert, threshold=Decimal(10))
        gone.delete()

        monkeypatch.setattr(evaluation, "readings", lambda kind: seen)
        assert evaluate(["PRICE"]).fired == 0
        assert not Firing.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_several_processes_at_once_fire_once(self, owner, bolt):
        for _ in range(20):
            below(owner, bolt)
        price(bolt, "39")
        barrier, fired, errors = threading.Barrier(4), [], []

        def run() -> None:
            try:
                barrier.wait(timeout=30)
                fired.append(evaluate().fired)
            except Exception as error:  # noqa: BLE001 (told to the main thread)
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(timeout=60)

        assert errors == []
        assert sum(fired) == 20
        assert Firing.objects.count() == 20
        assert set(Firing.objects.values_list("crossing", flat=True)) == {1}

    def test_a_thousand_alerts_take_as_many_statements_as_one(self, owner, bolt):
        price(bolt, "50")
        below(owner, bolt)
        evaluate()
        cache.bump()
        with CaptureQueriesContext(connection) as few:
            evaluate()
        Alert.objects.bulk_create(
            Alert(
                owner=owner,
                kind="PRICE",
                card=bolt,
                finish="NONFOIL",
                condition="NEAR_MINT",
                language="ENGLISH",
                direction="BELOW",
                threshold=Decimal(10),
            )
            for _ in range(1_000)
        )
        cache.bump()
        with CaptureQueriesContext(connection) as many:
            assert evaluate().looked_at == 1_001
        assert len(many) == len(few)


class TestPriceMove:
    def move(self, owner, card, **fields):
        said = {"card": card, "window": "7d", "threshold": Decimal(10)}
        return create_alert(
            owner=owner, kind="PERCENT", **said | {"direction": "ABOVE"} | fields
        )

    @pytest.mark.parametrize(
        ("direction", "now", "fires"),
        [
            ("ABOVE", "11.00", 1),
            ("ABOVE", "10.99", 0),
            ("BELOW", "9.00", 1),
            ("BELOW", "11.00", 0),
            ("EITHER", "9.00", 1),
            ("EITHER", "11.00", 1),
            ("EITHER", "10.50", 0),
        ],
    )
    def test_ten_percent_from_ten_dollars(self, owner, bolt, direction, now, fires):
        self.move(owner, bolt, direction=direction)
        price(bolt, now, "tcgplayer", price_7d="10.00")
        assert evaluate().fired == fires

    def test_the_preferred_stream_that_has_both(self, owner, bolt):
        self.move(owner, bolt)
        price(bolt, "20.00", "tcgplayer")
        price(bolt, "12.00", "cardkingdom", price_7d="10.00", price_1d="1.00")
        assert evaluate().fired == 1
        (title,) = titles()
        assert title == (
            "Lightning Bolt (M10 146) is +20.0% in 7d at Card Kingdom; "
            "you asked for 10 %"
        )

    def test_it_goes_back_by_the_hysteresis(self, owner, bolt):
        self.move(owner, bolt, direction="BELOW", hysteresis_percent=Decimal(10))
        fired = []
        for now in ("9.00", "9.05", "9.00", "9.10", "8.00"):
            price(bolt, now, "tcgplayer", price_7d="10.00")
            fired.append(evaluate().fired)
        assert fired == [1, 0, 0, 0, 1]

    def test_nothing_is_compared_across_a_break(self, owner, bolt):
        self.move(owner, bolt)
        price(bolt, "20.00", "tcgplayer", price_7d="10.00")
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=(timezone.now() - timedelta(days=5)).date(),
            reason="x",
            before="a",
            after="b",
        )
        cache.bump()
        assert evaluate().fired == 0
        SeriesBreak.objects.update(
            began_on=(timezone.now() - timedelta(days=12)).date()
        )
        cache.bump()
        assert evaluate().fired == 1


class TestSpread:
    @pytest.fixture
    def gap(self, bolt):
        """Ten dollars at a shop, fifteen from a buylist."""
        price(bolt, "10.00", "cardkingdom")
        price(bolt, "15.00", "cardkingdom-buylist")
        Marketplace.objects.filter(slug="cardkingdom").update(vendor="Another")
        update_spreads()
        cache.bump()
        return bolt

    def test_what_is_left_after_ones_own_fees(self, owner, gap):
        fees = {
            "buy_percent": "0",
            "shipping_in": "0",
            "shipping_out": "0",
            "sell_percent": "0",
            "sell_fixed": "0",
            "credit_multiplier": "1",
        }
        save_preferences(user=owner, fees={"USD": fees})
        said = {"card": gap, "spread_kind": "arbitrage", "currency": "USD"}
        create_alert(owner=owner, kind="SPREAD", threshold=Decimal("50.1"), **said)
        create_alert(owner=owner, kind="SPREAD", threshold=Decimal(50), **said)

        assert evaluate().fired == 1
        assert "leaves +50.0% after your fees" in titles()[0]
        assert evaluate().fired == 0

    def test_a_gap_that_closes_and_opens_again_fires_again(self, owner, gap):
        said = {"card": gap, "spread_kind": "arbitrage", "threshold": Decimal(-90)}
        create_alert(owner=owner, kind="SPREAD", **said)
        assert evaluate().fired == 1
        price(gap, "9.00", "cardkingdom-buylist")
        update_spreads()
        assert evaluate().fired == 0
        price(gap, "15.00", "cardkingdom-buylist")
        update_spreads()
        assert evaluate().fired == 1

    def test_a_stale_leg_says_nothing(self, owner, gap):
        said = {"card": gap, "spread_kind": "arbitrage", "threshold": Decimal(-90)}
        create_alert(owner=owner, kind="SPREAD", **said)
        old = timezone.now() - timedelta(days=9)
        SpreadOpportunity.objects.update(ask_as_of=old)
        assert evaluate() == evaluation.Evaluated(looked_at=0, fired=0)
        assert not Watch.objects.exists()


class TestSignal:
    def signal(self, card, day=None, **fields):
        Signal.objects.create(
            **{
                "card": card,
                "finish": "NONFOIL",
                "currency": "USD",
                "kind": "MOMENTUM",
                "day": day or timezone.now().date(),
                "direction": 1,
                "strength": 0.8,
                "confidence": 0.9,
                "observations": 30,
                "price": Decimal(10),
                "marketplace": Marketplace.objects.get(slug="tcgplayer"),
                "values": {},
                "version": 1,
            }
            | fields
        )

    def watch(self, owner, **fields):
        said = {"threshold": Decimal("0.5"), "currency": "USD"}
        return create_alert(owner=owner, kind="SIGNAL", **said | fields)

    def test_of_a_card_by_strength_and_confidence(self, owner, bolt):
        self.watch(owner, card=bolt)
        self.watch(owner, card=bolt, threshold=Decimal("0.81"))
        self.watch(owner, card=bolt, min_confidence=Decimal("0.95"))
        self.watch(owner, card=bolt, signal_kind="VOLATILITY")
        self.watch(owner, card=bolt, signal_kind="MOMENTUM")
        self.watch(owner, card=make_card("Opt"))
        self.signal(bolt)

        assert evaluate().fired == 2
        assert evaluate().fired == 0
        assert titles()[0] == (
            "Lightning Bolt (M10 146): momentum of strength 0.800 in USD"
        )

    def test_of_what_one_owns_or_wants(self, owner, bolt):
        opt, shock = make_card("Opt"), make_card("Shock")
        Lot.objects.create(owner=owner, card=bolt, quantity=1)
        Lot.objects.create(owner=owner, card=shock, quantity=1, disposed=1)
        add_want(owner=owner, card=opt)
        other = User.objects.create_user("bob")
        for card in (bolt, opt, shock):
            self.signal(card)
        for scope in ("OWNED", "WANTED", "BOTH"):
            self.watch(owner, scope=scope)
            self.watch(other, scope=scope)

        assert evaluate().fired == 4
        assert sorted(Firing.objects.values_list("alert__scope", "card__name")) == [
            ("BOTH", "Lightning Bolt"),
            ("BOTH", "Opt"),
            ("OWNED", "Lightning Bolt"),
            ("WANTED", "Opt"),
        ]

    def test_one_that_lasts_fires_once_and_one_that_comes_back_again(self, owner, bolt):
        today = timezone.now().date()
        self.watch(owner, card=bolt)
        self.signal(bolt, today - timedelta(days=2))
        assert evaluate().fired == 1
        self.signal(bolt, today - timedelta(days=1))
        assert evaluate().fired == 0
        # Only another card has one on the next day.
        self.signal(make_card("Opt"), today)
        assert evaluate().fired == 0
        assert Watch.objects.get().state == "ARMED"
        Signal.objects.filter(day=today).delete()
        self.signal(bolt, today)
        assert evaluate().fired == 1

    def test_old_signals_are_no_news(self, owner, bolt):
        self.watch(owner, card=bolt)
        self.signal(bolt, timezone.now().date() - timedelta(days=3))
        assert evaluate().fired == 0


class TestRecommendation:
    def test_new_advice_on_what_one_owns(self, owner, bolt):
        Lot.objects.create(owner=owner, card=bolt, quantity=1)
        make_call(bolt, issued_at=timezone.now() - timedelta(minutes=1))
        said = {"kind": "RECOMMENDATION", "currency": "USD", "scope": "OWNED"}
        create_alert(owner=owner, **said)
        create_alert(owner=owner, advice_kind="BUY", **said)
        create_alert(owner=owner, min_confidence=Decimal("0.7"), **said)
        create_alert(owner=User.objects.create_user("bob"), **said)
        later = timezone.now() + timedelta(minutes=1)
        assert evaluate().fired == 0

        make_call(bolt, horizon_days=7, issued_at=later)
        make_call(bolt, horizon_days=90, issued_at=later, is_replay=True)
        make_call(make_card("Opt"), issued_at=later)

        assert (evaluate().fired, evaluate().fired) == (1, 0)
        (title,) = titles()
        assert title == (
            "Lightning Bolt (M10 146): new advice to sell, 7 days, in USD, "
            "confidence 65%"
        )

    def test_anothers_private_advice_stays_private(self, owner, bolt):
        bob = User.objects.create_user("bob")
        for each in (owner, bob):
            Lot.objects.create(owner=each, card=bolt, quantity=1)
            create_alert(
                owner=each, kind="RECOMMENDATION", currency="USD", scope="OWNED"
            )
        make_call(
            bolt,
            tier="OWNER",
            user=bob,
            issued_at=timezone.now() + timedelta(minutes=1),
        )

        assert evaluate().fired == 1
        assert Firing.objects.get().owner == bob
        assert Recommendation.objects.count() == 1


class TestWantList:
    def test_a_line_that_reaches_its_target(self, owner, bolt):
        want = add_want(owner=owner, card=bolt, target_price=Decimal(40))
        add_want(owner=owner, card=make_card("Opt"))
        add_want(
            owner=User.objects.create_user("bob"),
            card=bolt,
            target_price=Decimal(99),
        )
        create_alert(owner=owner, kind="WANT", hysteresis_percent=Decimal(5))
        fired = []
        for amount in ("41", "40", "41.99", "40", "42", "39"):
            price(bolt, amount)
            fired.append(evaluate().fired)
        assert fired == [0, 1, 0, 0, 0, 1]
        assert titles()[0] == (
            "Lightning Bolt (M10 146) on your want list is $40.00 at Card Kingdom; "
            "your target is $40.00"
        )
        assert Firing.objects.latest("id").subject == f"want:{want.pk}"

        # 39 has gone back from a target of 30.
        change_want(want=want, target_price=Decimal(30))
        assert evaluate().fired == 0
        price(bolt, "29")
        assert evaluate().fired == 1


class TestStaleStream:
    def test_a_stream_that_falls_silent(self, owner, bolt):
        stream = Marketplace.objects.get(slug="cardkingdom")
        create_alert(owner=owner, kind="STALE", marketplace=stream)
        create_alert(
            owner=owner, kind="STALE", marketplace=stream, threshold=Decimal(72)
        )
        now = timezone.now()
        fired = []
        for hours in (1, 49, 50, 73, 1, 49):
            price(bolt, "1", as_of=now - timedelta(hours=hours))
            fired.append(evaluate(["STALE"]).fired)
        assert fired == [0, 1, 0, 1, 0, 1]
        assert titles()[0] == (
            "Card Kingdom has brought nothing new for 49 hours; the limit is 48"
        )


def test_every_kind_is_looked_at():
    assert evaluate() == evaluation.Evaluated(looked_at=0, fired=0)
    assert set(KINDS) == {
        "PRICE",
        "PERCENT",
        "SPREAD",
        "SIGNAL",
        "RECOMMENDATION",
        "WANT",
        "STALE",
    }
