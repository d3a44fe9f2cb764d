"""Issuing, closing, scoring and sealing on every engine the project runs on."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.cards.models import Card, CardMigration
from apps.market.services import update_indices
from apps.prices.models import SeriesBreak
from apps.prices.tests.factories import add_observations, make_card, refresh
from apps.recommendations.maths.chain import GENESIS, next_hash
from apps.recommendations.maths.versions import CURRENT
from apps.recommendations.models import (
    AdviceRule,
    Closing,
    LedgerLine,
    Outcome,
    Recommendation,
)
from apps.recommendations.selectors import as_ndjson, backtest, exported_lines, verify
from apps.recommendations.services import (
    OutOfOrderError,
    RuleChangedError,
    catch_up_recommendations,
    recommend,
    score_due,
)
from apps.recommendations.services.score import BROKEN, NO_PRICE

from .market import day, falling

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

LENGTH = 90


def noon(number: int) -> datetime:
    return datetime.combine(day(number), time(12), UTC)


def prices(card: Card, course: list[float | None], marketplace: str = "tcgplayer"):
    """A price a day from the first on; None is a day without."""
    seen = [
        (noon(i), f"{price:.2f}") for i, price in enumerate(course) if price is not None
    ]
    add_observations(card, seen, marketplace)
    refresh(seen)


@pytest.fixture
def card() -> Card:
    """A card whose price has fallen every day, and goes on to."""
    one = make_card()
    prices(one, falling(LENGTH))
    return one


def sale(card: Card, **wanted) -> Recommendation:
    return Recommendation.objects.get(
        card_id=card.pk, kind="SELL", **{"horizon_days": 30} | wanted
    )


def issued() -> list[tuple]:
    names = ("card_id", "kind", "horizon_days", "issued_on", "price", "confidence")
    return list(Recommendation.objects.order_by("issued_on", "id").values_list(*names))


def test_advice_has_everything_that_it_rests_on(card):
    recommend(at=day(40))

    found = sale(card)
    price = Decimal(f"{falling(LENGTH)[40]:.2f}")
    assert (found.price, found.marketplace.slug) == (price, "tcgplayer")
    assert (found.issued_on, found.due_on) == (day(40), day(70))
    assert (found.tier, found.user, found.finish) == ("MARKET", None, "NONFOIL")
    assert (found.currency, found.scryfall_id) == ("USD", card.scryfall_id)
    assert found.target < price
    assert found.expected_net_percent > 2
    assert Decimal("0.55") <= found.confidence <= 1
    assert found.capacity is None
    assert found.is_active
    assert found.is_replay
    assert not found.is_experimental
    assert found.rule.key == CURRENT.key
    signals = {r["signal"] for r in found.reasons if r["code"] == "SIGNAL"}
    assert "TREND" in signals


def test_copies_on_offer_are_the_capacity(card):
    seen = [(noon(i), "30.00") for i in range(30)]
    other = make_card("Other", collector_number="2")
    course = [(noon(i), f"{price:.2f}") for i, price in enumerate(falling(41))]
    add_observations(other, course, quantity=12)
    refresh(seen)
    refresh(course)

    recommend(at=day(40))

    assert sale(other).capacity == 12


def test_the_same_day_again_changes_nothing(card):
    recommend(at=day(40))
    before = issued()

    again = recommend(at=day(40))

    assert (again.issued, again.closed) == (0, 0)
    assert issued() == before
    assert LedgerLine.objects.count() == len(before)


def test_what_stands_is_not_issued_again_before_its_end(card):
    recommend(at=day(49), first=day(40))

    assert sale(card).issued_on == day(40)


def test_one_ends_and_the_next_is_issued(card):
    recommend(at=day(70), first=day(40))

    old, new = Recommendation.objects.filter(kind="SELL", horizon_days=30).order_by(
        "id"
    )
    assert (old.is_active, new.is_active) == (False, True)
    assert (old.closing.cause, old.closing.closed_on) == ("ENDED", day(70))
    assert old.closing.replaced_by is None
    assert new.issued_on == day(70)


def test_another_kind_supersedes(card):
    """The price stops falling and leaps: the sale no longer stands."""
    turned = make_card("Turned", collector_number="3")
    prices(turned, [*falling(41), *(25 * 1.03**i for i in range(45))])

    recommend(at=day(80), first=day(40))

    old = sale(turned, issued_on=day(40))
    assert old.closing.cause == "SUPERSEDED"
    heir = old.closing.replaced_by
    assert heir is not None
    assert heir.kind in ("BUY", "HOLD")
    assert old.closing.closed_on == heir.issued_on


def test_day_by_day_is_the_same_as_all_days_at_once(card):
    for i in range(40, 75):
        recommend(at=day(i))
    one_by_one = issued()
    closed = list(Closing.objects.order_by("pk").values_list("closed_on", "cause"))
    forget()

    recommend(at=day(74), first=day(40))

    assert issued() == one_by_one
    found = Closing.objects.order_by("pk").values_list("closed_on", "cause")
    assert list(found) == closed


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE recommendations, recommendation_closings, "
            "recommendation_outcomes, recommendation_ledger RESTART IDENTITY"
        )


def test_cutting_the_future_off_changes_no_decision(card):
    recommend(at=day(45), first=day(40))
    with_future = issued()
    forget()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM price_snapshots WHERE time > %s", [noon(45)])
    refresh([(noon(46), ""), (noon(LENGTH - 1), "")])

    recommend(at=day(45), first=day(40))

    assert issued() == with_future


def test_nothing_is_written_into_the_past(card):
    recommend(at=day(41))
    before = issued()

    with pytest.raises(OutOfOrderError):
        recommend(at=day(40))

    assert issued() == before


def test_a_rule_does_not_change_under_its_version(card):
    recommend(at=day(40))

    with pytest.raises(RuleChangedError):
        recommend(at=day(41), rule=replace(CURRENT, least_net=0.5))

    assert AdviceRule.objects.count() == 1


def test_scored_on_its_own_series(card):
    """A dearer stream that comes later changes nothing about it."""
    recommend(at=day(40))
    prices(card, [None] * 41 + [999.0] * 40, "cardkingdom")
    update_indices()

    scored = score_due(at=day(71))

    found = sale(card).outcome
    then = Decimal(f"{falling(LENGTH)[70]:.2f}")
    price = sale(card).price
    assert scored.scored == Outcome.objects.count()
    assert (found.result, found.observed_on, found.price) == ("HIT", day(70), then)
    assert found.gross_percent == round(100 * (then / price - 1), 2)
    assert found.net_percent == round(
        100 * Decimal("0.8725") * (price - then) / price, 2
    )
    assert found.peak_percent >= 0
    assert found.drawdown_percent <= found.gross_percent
    # The market is this one card.
    assert found.index_percent == pytest.approx(
        found.gross_percent, abs=Decimal("0.02")
    )
    assert found.excess_percent == pytest.approx(0, abs=Decimal("0.02"))


def test_not_before_the_horizon_is_over(card):
    recommend(at=day(40))
    score_due(at=day(70))

    assert not Outcome.objects.filter(recommendation__horizon_days=30).exists()


def test_scored_once(card):
    recommend(at=day(40))
    score_due(at=day(71))
    before = list(Outcome.objects.values())

    assert score_due(at=day(72)).scored == 0
    assert list(Outcome.objects.values()) == before


def test_the_superseded_are_scored_as_well(card):
    turned = make_card("Turned", collector_number="3")
    prices(turned, [*falling(41), *(25 * 1.03**i for i in range(45))])
    recommend(at=day(80), first=day(40))

    score_due(at=day(81))

    old = sale(turned, issued_on=day(40))
    assert old.closing.cause == "SUPERSEDED"
    assert old.outcome.result == "MISS"


def test_without_a_price_it_waits_for_late_feeds_and_is_then_counted():
    card = make_card()
    prices(card, falling(45))
    recommend(at=day(40))

    score_due(at=day(77))
    assert not Outcome.objects.filter(recommendation__horizon_days=30).exists()
    score_due(at=day(78))

    found = sale(card).outcome
    assert (found.result, found.note) == ("NO_DATA", NO_PRICE)
    assert (found.price, found.net_percent, found.observed_on) == (None, None, None)


def test_a_late_price_is_taken():
    card = make_card()
    prices(card, falling(45))
    recommend(at=day(40))
    score_due(at=day(75))
    prices(card, [None] * 70 + [1.0])

    score_due(at=day(76))

    assert sale(card).outcome.price == 1


def test_a_break_is_no_data(card):
    recommend(at=day(40))
    found = sale(card)
    SeriesBreak.objects.create(
        marketplace=found.marketplace,
        began_on=day(60),
        reason="",
        before="",
        after="",
    )

    score_due(at=day(71))

    assert (found.outcome.result, found.outcome.note) == ("NO_DATA", BROKEN)


def test_a_merged_card_is_scored_where_its_history_went(card):
    recommend(at=day(40))
    heir = make_card("Heir", collector_number="9")
    prices(heir, falling(LENGTH))
    CardMigration.objects.create(
        id=heir.scryfall_id,
        performed_on=date(2026, 2, 1),
        strategy="merge",
        old_scryfall_id=card.scryfall_id,
        new_scryfall_id=heir.scryfall_id,
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM price_snapshots WHERE card_id = %s", [card.pk])
    refresh([(noon(0), ""), (noon(LENGTH - 1), "")])

    score_due(at=day(71))

    assert sale(card).outcome.result == "HIT"


@pytest.fixture
def told(card) -> Card:
    """With advice that was issued, closed and scored."""
    recommend(at=day(75), first=day(40))
    score_due(at=day(76))
    return card


def test_the_ledger_tells_of_everything_in_its_order(told):
    events = list(LedgerLine.objects.of_chain("market").values_list("event", flat=True))

    assert events.count("ISSUED") == Recommendation.objects.count()
    assert events.count("CLOSED") == Closing.objects.count() > 0
    assert events.count("SCORED") == Outcome.objects.count() > 0
    assert verify().is_good
    assert verify().lines == len(events)


def test_anybody_can_check_the_download(told):
    previous = GENESIS
    lines = [json.loads(line) for line in as_ndjson(exported_lines()).splitlines()]
    for place, line in enumerate(lines, start=1):
        previous = next_hash(previous, line["content"])
        assert (line["place"], line["hash"]) == (place, previous)
    assert len(lines) == LedgerLine.objects.count()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recommendations SET price = 1",
        "UPDATE recommendations SET confidence = 1",
        "UPDATE recommendations SET kind = 'BUY'",
        "UPDATE recommendations SET is_active = true",
        "DELETE FROM recommendations",
        "UPDATE recommendation_outcomes SET result = 'HIT', net_percent = 99",
        "DELETE FROM recommendation_outcomes",
        "UPDATE recommendation_closings SET closed_on = '2020-01-01'",
        "DELETE FROM recommendation_closings",
        "UPDATE recommendation_ledger SET hash = ''",
        "DELETE FROM recommendation_ledger",
        "UPDATE recommendation_rules SET about = ''",
        "DELETE FROM recommendation_rules",
    ],
)
def test_what_was_said_cannot_be_changed(told, statement):
    before = exported_lines()

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert exported_lines() == before


def test_one_call_stands_for_a_subject(told):
    one = Recommendation.objects.standing().first()
    one.pk, one.issued_on = None, day(88)

    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


def forge(statement: str) -> None:
    """Somebody with the keys of the database takes the trigger away."""
    with connection.cursor() as cursor:
        for verb in ("DISABLE", "ENABLE"):
            for table in ("recommendations", "recommendation_outcomes"):
                cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER USER")
            if verb == "DISABLE":
                cursor.execute(statement)


def verified() -> tuple[str, bool]:
    out = io.StringIO()
    try:
        call_command("verify_ledger", stdout=out)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


def test_verify_ledger_says_that_all_is_well(told):
    assert verified() == (
        f"market: all {LedgerLine.objects.count()} lines are as they were written.\n",
        True,
    )


def test_verify_ledger_names_the_first_line_that_was_forged(told):
    line = LedgerLine.objects.filter(event="ISSUED")[1]
    forge(
        "UPDATE recommendations SET price = price + 1 "
        f"WHERE id = {line.recommendation_id}"
    )

    said, is_good = verified()

    assert not is_good
    assert f"line {line.place} is wrong" in said
    assert f"{line.place - 1} are good" in said


def test_verify_ledger_names_a_miss_that_became_a_hit(told):
    line = LedgerLine.objects.filter(event="SCORED").first()
    forge(
        "UPDATE recommendation_outcomes SET net_percent = net_percent + 1 "
        f"WHERE recommendation_id = {line.recommendation_id}"
    )

    assert f"line {line.place} is wrong" in verified()[0]


def test_verify_ledger_names_an_outcome_that_is_gone(told):
    line = LedgerLine.objects.filter(event="SCORED").first()
    forge(
        "DELETE FROM recommendation_outcomes "
        f"WHERE recommendation_id = {line.recommendation_id}"
    )

    assert f"line {line.place} is wrong: what it tells of is not there" in verified()[0]


def test_verify_ledger_finds_what_was_smuggled_in(told):
    unscored = Recommendation.objects.filter(outcome=None).first()
    Outcome.objects.create(
        recommendation=unscored, result="HIT", scored_at=noon(80), note=""
    )

    said, is_good = verified()

    assert not is_good
    assert "1 × scored without a line" in said


def test_commands_say_what_they_did(card):
    out = io.StringIO()
    call_command("recommend", "--from", str(day(40)), "--to", str(day(41)), stdout=out)
    call_command("score", "--at", str(day(71)), stdout=out)

    n = Recommendation.objects.count()
    assert out.getvalue() == (
        f"recommend: 2 days to {day(41)}, {n} issued, 0 closed.\n"
        f"score: {Outcome.objects.count()} scored, 0 of them without data.\n"
    )
    assert n > 0


@pytest.mark.parametrize(
    "options",
    [
        ["--at", "2026-01-01", "--from", "2026-01-01"],
        ["--from", "2026-01-02", "--to", "2026-01-01"],
    ],
)
def test_recommend_refuses_what_makes_no_sense(card, options):
    with pytest.raises(CommandError):
        call_command("recommend", *options)

    assert not Recommendation.objects.exists()


def test_backtest_is_what_was_advised_and_scored(card):
    """The table of a replay is that of the ledger."""
    found = backtest(day(40), day(60), CURRENT, ["USD"])
    recommend(at=day(60), first=day(40))
    score_due(at=day(LENGTH))

    over = Outcome.objects.filter(recommendation__due_on__lt=day(LENGTH))
    assert len(found) == over.count() > 0
    nets = sorted(float(one.net_percent) for one in over)
    assert sorted(100 * found.net) == pytest.approx(nets, abs=0.006)


def test_backtest_writes_its_table_and_nothing_else(card, tmp_path):
    out, path = io.StringIO(), tmp_path / "table.md"
    call_command(
        *("backtest", "--from", str(day(40)), "--to", str(day(60))),
        *("--currency", "USD", "--output", str(path)),
        stdout=out,
    )

    assert path.read_text() in out.getvalue() + "\n"
    assert "| SELL | 30 d | 1 |" in path.read_text()
    assert not Recommendation.objects.exists()


def test_new_prices_bring_advice_for_the_newest_day(card):
    catch_up_recommendations(noon(0), noon(LENGTH - 1))

    assert {one[3] for one in issued()} == {day(LENGTH - 1)}


def test_a_demo_market_comes_with_its_history(card):
    from apps.prices.models import IngestRun

    IngestRun.objects.create(source="demo", as_of=noon(LENGTH - 1))
    catch_up_recommendations(noon(0), noon(LENGTH - 1))

    days = {one[3] for one in issued()}
    assert len(days) > 1
    assert Outcome.objects.exists()
    assert verify().is_good
    again = issued()
    catch_up_recommendations(noon(0), noon(LENGTH - 1))
    assert issued() == again


def test_a_rule_that_changed_advises_nothing_and_holds_nothing_up(card, caplog):
    recommend(at=day(40))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE recommendation_rules DISABLE TRIGGER USER")
        cursor.execute("UPDATE recommendation_rules SET parameters = '{}'")
        cursor.execute("ALTER TABLE recommendation_rules ENABLE TRIGGER USER")
    before = issued()

    catch_up_recommendations(noon(0), noon(LENGTH - 1))

    assert issued() == before
    assert "no advice is given" in caplog.text
    assert Outcome.objects.exists()


def test_without_prices_nothing_happens():
    catch_up_recommendations(noon(0), noon(1))

    assert issued() == []
