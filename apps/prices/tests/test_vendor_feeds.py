"""The vendors' feeds into the database: from a file, from a server, by command."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.cards.models import Card, CardIdentifier
from apps.prices import tasks
from apps.prices.ingest import cardkingdom, cardtrader, goatbots, tcgcsv
from apps.prices.models import IngestRun, LatestPrice, Marketplace
from apps.prices.selectors import coverage_of
from apps.prices.services import (
    VENDORS,
    VendorFile,
    configured_vendors,
    fetch_vendor,
    ingest_vendor,
)
from mtgintel.core.constants import MARKETPLACE_CURRENCIES
from mtgintel.core.feeds import CorruptFeedError, IngestError, RefusedFeedError

from .conftest import Server
from .factories import make_card
from .vendors import FIXTURES

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

ONE = "11111111-1111-4111-8111-111111111111"
# (source, id, finish) of the one card these tests have.
IDS = [
    ("cardkingdom", "1001", "NONFOIL"),
    ("cardmarket", "1", None),
    ("tcgplayer", "5001", None),
    ("mtgo", "901", "NONFOIL"),
]


@pytest.fixture
def card() -> Card:
    card = make_card("Both finishes", scryfall_id=ONE, finishes=["NONFOIL", "FOIL"])
    CardIdentifier.objects.bulk_create(
        CardIdentifier(source=source, external_id=number, finish=finish, card=card)
        for source, number, finish in IDS
    )
    return card


def latest() -> dict[tuple[str, str, str, str], Decimal]:
    return {
        (one.marketplace.slug, one.finish, one.condition, one.language): one.price
        for one in LatestPrice.objects.select_related("marketplace")
    }


def test_marketplaces_are_those_of_the_constants_in_their_currencies():
    assert {
        one.slug: one.currency for one in Marketplace.objects.all()
    } == MARKETPLACE_CURRENCIES
    begins = ("tcgplayer", *VENDORS, "cardhoarder")
    assert all(one.slug.startswith(begins) for one in Marketplace.objects.all())
    assert all(one.price_basis and one.website for one in Marketplace.objects.all())


def test_a_file_is_stored_and_stored_again_changes_nothing(card):
    file = VendorFile(FIXTURES / "cardkingdom" / "pricelist.html")

    run = ingest_vendor(source="cardkingdom", file=file)

    assert (run.source, run.status) == ("cardkingdom", IngestRun.Status.SUCCEEDED)
    assert run.as_of == datetime(2026, 7, 21, 0, 10, 1, tzinfo=UTC)
    assert latest() == {
        ("cardkingdom", "NONFOIL", "NEAR_MINT", "ENGLISH"): Decimal("3.49"),
        ("cardkingdom-buylist", "NONFOIL", "NEAR_MINT", "ENGLISH"): Decimal("1.10"),
    }
    assert run.rows_seen == run.rows_written + run.rows_rejected
    assert (run.bytes_read, len(run.checksum)) == (file.path.stat().st_size, 64)
    assert coverage_of(run) == Decimal("0.1500")

    again = ingest_vendor(source="cardkingdom", file=file)

    assert (again.rows_written, again.rows_unchanged) == (0, 2)


def test_what_is_unknown_is_kept_with_its_name_and_candidates(card):
    make_card("Nobody's", set_code="old", collector_number="7", finishes=["FOIL"])

    run = ingest_vendor(
        source="cardmarket",
        file=VendorFile(
            FIXTURES / "cardmarket" / "price_guide.json",
            products=FIXTURES / "cardmarket" / "products.json",
        ),
    )

    held = run.quarantined.filter(position="product 5").first()
    assert held.reason == "unknown card"
    assert held.raw["name"] == "Nobody's"
    (candidate,) = held.raw["candidates"]
    assert candidate["card"] == "Nobody's (OLD) 7"
    assert candidate["finishes"] == ["FOIL"]
    guide = LatestPrice.objects.get(finish="FOIL")
    assert (guide.price, guide.price_low, guide.price_mid) == (
        Decimal("0.31"),
        Decimal("0.04"),
        Decimal("0.33"),
    )
    assert guide.currency == "EUR"


@pytest.mark.parametrize(
    ("source", "path", "written"),
    [
        ("cardmarket", "cardmarket/price_guide.json", 2),
        ("tcgcsv", "tcgcsv", 2),
        ("manapool", "manapool/singles.json", 2),
        ("manapool", "manapool/variants.json", 2),
        ("cardtrader", "cardtrader", 3),
    ],
)
def test_the_command_reads_each_source(card, source, path, written):
    out = StringIO()

    call_command("ingest", source, "--file", str(FIXTURES / path), stdout=out)

    run = IngestRun.objects.get()
    assert (run.status, run.rows_written) == (IngestRun.Status.SUCCEEDED, written)
    assert f"{run.source}: {written} written" in out.getvalue()
    assert f"coverage: {coverage_of(run):.2%} of the rows" in out.getvalue()
    assert LatestPrice.objects.count() == written


def test_the_command_takes_the_moment_it_is_given(card, tmp_path):
    path = tmp_path / "price-history-2023-10-02.txt"
    path.write_text('{"901": 0.5}')

    call_command(
        "ingest",
        "goatbots",
        "--file",
        str(path),
        "--at",
        "2023-10-05",
        stdout=StringIO(),
    )

    assert LatestPrice.objects.get().as_of == datetime(2023, 10, 5, tzinfo=UTC)


def test_variants_are_not_compared_with_singles(card):
    for name in ("singles", "variants"):
        path = FIXTURES / "manapool" / f"{name}.json"
        ingest_vendor(source="manapool", file=VendorFile(path))

    sources = IngestRun.objects.order_by("id").values_list("source", flat=True)
    assert list(sources) == ["manapool", "manapool-variants"]


def test_a_file_that_has_nothing_is_refused_and_nothing_changes(card, tmp_path):
    ingest_vendor(
        source="cardkingdom",
        file=VendorFile(FIXTURES / "cardkingdom" / "pricelist.html"),
    )
    before = latest()
    path = tmp_path / "pricelist.json"
    path.write_text('{"meta":{"created_at":"2026-07-22 17:10:01"},"data":null}')

    with pytest.raises(RefusedFeedError, match="no usable rows"):
        ingest_vendor(source="cardkingdom", file=VendorFile(path))

    assert latest() == before
    assert IngestRun.objects.first().status == IngestRun.Status.REFUSED


@pytest.mark.parametrize("source", VENDORS)
def test_a_file_that_is_not_there_is_said_to_be(source, tmp_path):
    with pytest.raises(CommandError, match=r"missing\.json cannot be read"):
        call_command("ingest", source, "--file", str(tmp_path / "missing.json"))


def test_a_text_that_no_database_takes_costs_only_its_row(card, tmp_path):
    path = tmp_path / "pricelist.json"
    path.write_text(
        '{"data":[{"id":1,"is_foil":"false","name":"a\\u0000b","price_retail":"1.00",'
        '"qty_retail":1},{"id":1001,"is_foil":"false","price_retail":"2.00",'
        '"qty_retail":1}],"meta":{}}'
    )

    run = ingest_vendor(source="cardkingdom", file=VendorFile(path))

    assert run.rows_written == 1
    assert run.quarantined.get().raw["name"] == "a\ufffdb"


def document(name: str) -> tuple[str, bytes]:
    return "application/json", (FIXTURES / name).read_bytes()


def test_a_list_served_as_a_web_page_is_read(card, server, monkeypatch):
    _, text = document("cardkingdom/pricelist.html")
    server.documents["/list"] = ("text/html; charset=UTF-8", text)
    monkeypatch.setattr(cardkingdom, "URL", f"{server.url}/list")

    (run,) = fetch_vendor(source="cardkingdom")

    assert (run.rows_written, run.uri) == (2, f"{server.url}/list")


def test_an_error_page_is_no_list(card, server):
    server.documents["/list"] = ("text/html", b"<html>Just a moment...</html>")

    with pytest.raises(CorruptFeedError, match="Just a moment"):
        fetch_vendor(source="cardkingdom", url=f"{server.url}/list")

    assert LatestPrice.objects.count() == 0


@pytest.fixture
def tcgcsv_site(server, monkeypatch) -> Server:
    monkeypatch.setattr(tcgcsv, "BASE", server.url)
    monkeypatch.setattr("apps.prices.services.vendor_live._TCGCSV_PACE", 0)
    base = "/tcgplayer/1"
    server.documents = {
        "/last-updated.txt": ("text/plain", b"2026-06-30T20:05:27+0000\n"),
        f"{base}/groups": (
            "application/json",
            b'{"results":[{"groupId":101},{"groupId":"../x"},{"groupId":102}]}',
        ),
        f"{base}/101/prices": document("tcgcsv/1/101/prices"),
        f"{base}/101/products": document("tcgcsv/1/101/products"),
        f"{base}/102/prices": document("tcgcsv/1/102/prices"),
        f"{base}/102/products": ("application/json", b'{"results":[]}'),
    }
    return server


def test_tcgcsv_is_asked_for_every_set_once_a_day(card, tcgcsv_site):
    (run,) = fetch_vendor(source="tcgcsv")

    assert run.rows_written == 2
    assert run.as_of == datetime(2026, 6, 30, 20, 5, 27, tzinfo=UTC)
    assert len(tcgcsv_site.asked) == 6

    tcgcsv_site.asked.clear()
    assert fetch_vendor(source="tcgcsv") == []
    assert tcgcsv_site.asked == [("/last-updated.txt", None)]


def test_a_set_that_cannot_be_had_stores_none(card, tcgcsv_site, tmp_path):
    del tcgcsv_site.documents["/tcgplayer/1/102/prices"]

    with pytest.raises(IngestError, match="102/prices answered 404"):
        fetch_vendor(source="tcgcsv")

    assert LatestPrice.objects.count() == 0
    assert list((tmp_path / "feeds" / "tcgcsv").iterdir()) == []


def test_cardtrader_is_asked_with_the_token(card, server, settings, monkeypatch):
    settings.CARDTRADER_TOKEN = "secret-of-the-account"
    monkeypatch.setattr(cardtrader, "API", server.url)
    server.documents = {
        "/expansions": (
            "application/json",
            b'[{"id":7,"game_id":1},{"id":8,"game_id":5}]',
        ),
        "/blueprints/export?expansion_id=7": document("cardtrader/blueprints/7.json"),
        "/marketplace/products?expansion_id=7": document(
            "cardtrader/marketplace/7.json"
        ),
    }

    (run,) = fetch_vendor(source="cardtrader")

    assert run.rows_written == 3
    assert {token for _, token in server.asked} == {"Bearer secret-of-the-account"}
    assert len(server.asked) == 3
    assert "secret" not in run.uri


def test_without_a_token_cardtrader_is_left_out(settings):
    settings.CARDTRADER_TOKEN = ""

    assert configured_vendors() == [one for one in VENDORS if one != "cardtrader"]
    with pytest.raises(IngestError, match="CARDTRADER_TOKEN"):
        fetch_vendor(source="cardtrader")
    assert tasks.ingest_cardtrader() == {}


def zipped(**documents: bytes) -> tuple[str, bytes]:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in documents.items():
            archive.writestr(name.replace("_", "-") + ".txt", text)
    return "application/zip", content.getvalue()


def test_goatbots_is_asked_for_prices_and_for_what_the_ids_are(
    card, server, monkeypatch
):
    definitions = (
        b'{"901":{"name":"Both finishes","cardset":"TST","foil":0},'
        b'"902":{"name":"Both finishes","cardset":"TST","foil":1}}'
    )
    server.documents = {
        "/prices.zip": zipped(price_history_2023_10_02=b'{"901":1,"902":2}'),
        "/definitions.zip": zipped(card_definitions=definitions),
    }
    monkeypatch.setattr(goatbots, "URL", f"{server.url}/prices.zip")
    monkeypatch.setattr(goatbots, "DEFINITIONS_URL", f"{server.url}/definitions.zip")

    (run,) = fetch_vendor(source="goatbots")

    assert run.uri == f"{server.url}/prices.zip"
    assert latest() == {
        ("goatbots", "NONFOIL", "NEAR_MINT", "ENGLISH"): Decimal("1.00"),
        ("goatbots", "FOIL", "NEAR_MINT", "ENGLISH"): Decimal("2.00"),
    }
    assert len(server.asked) == 2


def test_a_scheduled_reading_says_what_it_wrote(card, server, monkeypatch):
    server.documents["/list"] = document("cardkingdom/pricelist.html")
    monkeypatch.setattr(cardkingdom, "URL", f"{server.url}/list")

    assert tasks.ingest_cardkingdom() == {"cardkingdom": 2}


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ({"rows_seen": 3, "rejects": {"unknown card": 1, "not a number": 1}}, "0.6666"),
        (
            {
                "rows_seen": 100_000,
                "rejects": {"ambiguous card": 1, "contradictory card": 1},
            },
            "0.9999",
        ),
        ({"rows_seen": 5, "rejects": {}, "status": "REFUSED"}, "1.0000"),
        ({"rows_seen": 0, "rejects": {}}, None),
        ({"rows_seen": 5, "rejects": {}, "status": "FAILED"}, None),
        ({"rows_seen": 5, "rejects": {}, "source": "scryfall-cards"}, None),
    ],
)
def test_coverage_is_the_share_of_rows_with_a_card(values, share):
    run = IngestRun(**{"source": "cardmarket", "status": "SUCCEEDED"} | values)

    assert coverage_of(run) == (share and Decimal(share))
