"""Recommendations over HTTP: any question, the record, and the ledger to take away."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connections

from apps.prices.tests.factories import make_card
from apps.recommendations.maths.chain import GENESIS, next_hash
from apps.recommendations.models import LedgerLine, Recommendation
from mtgintel.core.live.topics import parse_topic

from .calls import DAY, close, make_call, score

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    return make_card("Ada", set_code="lea")


@pytest.fixture
def calls(card) -> dict[str, Recommendation]:
    """One that stands, one that hit, one that missed, one without data, one in euros,
    one superseded, and one that is somebody's own."""
    other = make_card("Bob", collector_number="2")
    owner = User.objects.create_user("owner")
    made = {
        "standing": make_call(card),
        "hit": make_call(card, horizon_days=7),
        "miss": make_call(other, "BUY", price=Decimal("3.00")),
        "no_data": make_call(other, "HOLD", horizon_days=90),
        "euro": make_call(card, "BUY", marketplace="cardmarket"),
        "old": make_call(other, horizon_days=7, issued_on=DAY - timedelta(days=1)),
        "own": make_call(card, tier="OWNER", user=owner),
    }
    score(made["hit"])
    score(made["miss"], "MISS", net_percent=Decimal("-25.00"))
    score(made["no_data"], "NO_DATA")
    close(made["old"], "SUPERSEDED")
    return made


@pytest.fixture
def ask(client):
    def get(address: str, status: int = 200):
        response = client.get(f"/api/recommendations{address}")
        assert response.status_code == status
        return response.json()

    return get


@pytest.fixture
def found(ask, calls):
    """The names of what an address finds."""
    names = {call.pk: name for name, call in calls.items()}

    def find(address: str) -> list[str]:
        return [names[one["id"]] for one in ask(address)["results"]]

    return find


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", {"standing"}),
        ("?currency=eur", {"euro"}),
        ("?state=all", {"standing", "hit", "miss", "no_data", "old"}),
        ("?state=scored", {"hit", "miss", "no_data"}),
        ("?state=closed", {"hit", "miss", "no_data", "old"}),
        ("?result=MISS", {"miss"}),
        ("?state=all&kind=sell", {"standing", "hit", "old"}),
        ("?state=all&horizon=90", {"no_data"}),
        ("?state=all&proof=experimental", {"miss"}),
        ("?state=all&min_price=5", {"standing", "hit", "no_data", "old"}),
        ("?state=all&min_confidence=0.7", set()),
        ("?state=all&set=lea", {"standing", "hit"}),
        ("?state=all&finish=foil", set()),
        ("?state=all&rule=weighing-1&horizon=90", {"no_data"}),
        ("?on=2026-03-09", {"old"}),
        ("?on=2026-03-16", {"standing", "hit", "miss", "no_data"}),
        ("?on=2026-03-17", {"standing", "miss", "no_data"}),
    ],
)
def test_filters(found, address, expected):
    assert set(found(address)) == expected


def test_orderings(found):
    assert found("?state=all&ordering=due_on")[0] == "old"
    assert found("?state=all&ordering=-price")[-1] == "miss"
    assert found("?state=all&ordering=name")[0] in ("standing", "hit")


def test_a_call_says_everything(ask, calls, card):
    one = ask(f"/{calls['hit'].pk}")

    assert one["card"]["name"] == "Ada"
    assert (one["kind"], one["horizon_days"], one["finish"]) == ("SELL", 7, "NONFOIL")
    assert (one["price"], one["target"], one["target_percent"]) == ("10.00", "9.50", -5)
    assert (one["expected_net_percent"], one["confidence"]) == (4.36, 0.65)
    assert (one["capacity"], one["marketplace"]) == (12, "tcgplayer")
    assert (one["issued_on"], one["due_on"]) == ("2026-03-10", "2026-03-17")
    assert one["rule"] == "weighing-1"
    assert not one["is_experimental"]
    assert one["reasons"][0]["values"] == {"slope": "-0.004", "t": "-9.5"}
    assert one["reason"] == (
        "Trend down: slope −0.40 % a day, t-statistic −9.50. "
        "Together they let expect −5.0 % in 7 days. To pay for the fees, a purchase "
        "needs +24.0 %, selling and buying back −21.0 %. That is enough to act on."
    )
    assert one["closing"] == {
        "closed_on": "2026-03-17",
        "cause": "ENDED",
        "replaced_by": None,
    }
    outcome = one["outcome"]
    assert (outcome["result"], outcome["price"]) == ("HIT", "9.00")
    assert (outcome["net_percent"], outcome["excess_percent"]) == (8.72, 8.0)
    assert (outcome["peak_percent"], outcome["drawdown_percent"]) == (1.0, -11.0)


def test_what_stands_has_no_end_and_no_outcome(ask, calls):
    one = ask(f"/{calls['standing'].pk}")

    assert (one["is_active"], one["closing"], one["outcome"]) == (True, None, None)


def test_somebody_elses_own_advice_is_nobodys(ask, calls):
    ask(f"/{calls['own'].pk}", 404)


class TestInTheAnswerAboutTheCard:
    def test_all_that_stands_and_the_first_of_it(self, client, calls, card):
        make_call(card, "HOLD", horizon_days=90)
        make_call(card, finish="FOIL", confidence=Decimal("0.900"))

        found = client.get(f"/api/cards/{card.pk}").json()

        assert [
            (one["currency"], one["finish"], one["kind"])
            for one in found["recommendations"]
        ] == [
            ("USD", "NONFOIL", "SELL"),
            ("USD", "NONFOIL", "HOLD"),
            ("USD", "FOIL", "SELL"),
            ("EUR", "NONFOIL", "BUY"),
        ]
        assert found["recommendation"] == found["recommendations"][0]
        assert found["recommendation"]["id"] == calls["standing"].pk
        assert "card" not in found["recommendation"]

    def test_nothing_where_nothing_stands(self, client, calls):
        other = make_card("Cid", collector_number="3")
        make_call(other, tier="OWNER", user=User.objects.get(username="owner"))

        found = client.get(f"/api/cards/{other.pk}").json()

        assert (found["recommendation"], found["recommendations"]) == (None, [])

    def test_statements(self, client, calls, card, django_assert_max_num_queries):
        client.get("/api/cards/autocomplete?q=ada")
        for days in (7, 90):
            make_call(card, "HOLD", horizon_days=days, finish="FOIL")
        # Two of them for advice, however much there is.
        with django_assert_max_num_queries(11):
            client.get(f"/api/cards/{card.pk}")


@pytest.mark.parametrize(
    "address", ["?horizon=8", "?state=x", "?set=zzz", "?on=x", "?card=0", "?nope=1"]
)
def test_what_is_unknown_is_refused(ask, calls, address):
    assert ask(address, 400)["code"] == "invalid"


def test_pages(ask, calls):
    first = ask("?state=all&page_size=2")

    assert (first["count"], len(first["results"])) == (5, 2)
    assert first["next"].startswith("/api/recommendations?")
    ask("?page=99", 404)


def test_list_asks_a_few_times(
    ask, calls, within_one_span, django_assert_max_num_queries
):
    with django_assert_max_num_queries(5):
        ask("?state=all")
    with django_assert_max_num_queries(0):
        ask("?state=all")


def test_track_record(ask, calls):
    record = ask("/track-record")

    assert (record["issued"], record["standing"], record["waiting"]) == (5, 1, 1)
    trades = record["trades"]
    assert (trades["calls"], trades["hits"], trades["no_data"]) == (2, 1, 0)
    assert trades["hit_rate_percent"] == 50
    assert trades["mean_net_percent"] == pytest.approx(-8.14)
    assert trades["net_error_percent"] is None
    assert not trades["beats_no_change"]
    assert record["holds"]["no_data"] == 1
    kinds = {one["key"]: one for one in record["by_kind"]}
    assert set(kinds) == {"BUY-30", "SELL-7", "HOLD-90"}
    assert [kinds[key]["is_experimental"] for key in sorted(kinds)] == [
        True,
        False,
        False,
    ]
    assert [one["label"] for one in record["by_band"]] == ["2 to 5", "5 to 20"]
    assert [one["key"] for one in record["by_rule"]] == ["weighing-1"]
    (found,) = record["calibration"]
    assert (found["n"], found["happened"]) == (2, 0.5)
    last = LedgerLine.objects.of_chain("market").last()
    assert (record["lines"], record["seal"]) == (last.place, last.hash)


def test_track_record_of_replays_only(ask, calls):
    assert ask("/track-record?basis=replay")["issued"] == 0
    assert ask("/track-record?basis=live")["issued"] == 5


def test_track_record_of_nothing(ask):
    record = ask("/track-record")

    assert record["trades"]["hit_rate_percent"] is None
    assert (record["first"], record["lines"], record["seal"]) == (None, 0, "")


def download(client, form: str) -> str:
    response = client.get(f"/api/recommendations/ledger?form={form}")
    assert response.status_code == 200
    assert f"ledger.{form}" in response["Content-Disposition"]
    return b"".join(response.streaming_content).decode()


def test_the_ledger_to_take_away_can_be_checked(client, calls, settings):
    previous = GENESIS
    lines = [json.loads(line) for line in download(client, "ndjson").splitlines()]
    for line in lines:
        previous = next_hash(previous, line["content"])
        assert line["hash"] == previous
    assert len(lines) == LedgerLine.objects.of_chain("market").count()
    assert {line["content"]["event"] for line in lines} == {
        "ISSUED",
        "CLOSED",
        "SCORED",
    }


def test_the_ledger_as_a_table(client, calls):
    rows = list(csv.DictReader(io.StringIO(download(client, "csv"))))

    previous = GENESIS
    for row in rows:
        previous = next_hash(previous, json.loads(row["content"]))
        assert row["hash"] == previous
    missed = next(row for row in rows if row["result"] == "MISS")
    assert missed["net_percent"] == "-25.00"


def test_an_empty_ledger_is_an_empty_file(client):
    assert download(client, "ndjson") == ""


def test_the_ledger_refuses_unknown_forms(client):
    assert client.get("/api/recommendations/ledger?form=xml").status_code == 400


async def test_the_ledger_is_streamed_under_asgi(async_client):
    response = await async_client.get("/api/recommendations/ledger")

    assert [piece async for piece in response.streaming_content] == [b""]
    # The thread that read has a connection of its own.
    await sync_to_async(connections.close_all)()


def test_the_live_topic_has_the_newest_trades(calls):
    topic = parse_topic("channel:recommendations").snapshot()

    dollars = topic["currencies"]["USD"]
    assert dollars["standing"] == {"BUY": 0, "SELL": 1, "HOLD": 0}
    assert dollars["day"] == "2026-03-10"
    assert dollars["newest_id"] == calls["old"].pk
    assert topic["currencies"]["TIX"]["newest_id"] == 0
    (newest,) = dollars["newest"]
    assert (newest["id"], newest["price"]) == (calls["standing"].pk, "10.00")
    assert newest["reason"].startswith("Trend down")
    assert parse_topic("recommendations:1").snapshot() is None
