"""Price lists described in the admin: set up, tried out, read by hand and by clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.cards.models import Card, CardIdentifier
from apps.prices import tasks
from apps.prices.models import (
    CustomSource,
    IngestRun,
    LatestPrice,
    Marketplace,
    PriceSnapshot,
)
from apps.prices.services import (
    StreamFacts,
    VendorFile,
    configure_source,
    fetch_custom,
    fetch_due_sources,
    ingest_custom,
    live,
    preview,
)
from mtgintel.core.feeds import CorruptFeedError, IngestError, RefusedFeedError
from mtgintel.core.public_network import NotPublicError

from .factories import make_card

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

ADMIN = "/admin/prices/customsource/"
LIST = "Karte;Nr;Set;Preis;Lager\nSol Ring;12;TST;1,50;3\nNobody;1;TST;2,00;1\n"
COLUMNS = {
    "name": "Karte",
    "collector_number": "Nr",
    "set_code": "Set",
    "price": "Preis",
    "quantity": "Lager",
}


@pytest.fixture(autouse=True)
def _own_directory(settings, tmp_path):
    settings.FEED_DOWNLOAD_DIR = tmp_path / "feeds"


@pytest.fixture
def card() -> Card:
    card = make_card(
        "Sol Ring", set_code="tst", collector_number="12", finishes=["NONFOIL", "FOIL"]
    )
    CardIdentifier.objects.create(
        source="tcgplayer", external_id="77", card=card, finish=None
    )
    return card


def make_source(**fields: Any) -> CustomSource:
    stream = StreamFacts(
        side="RETAIL",
        currency=fields.pop("currency", "EUR"),
        price_basis="Asking price",
        freshness_hours=24,
        website="https://example.org",
    )
    given = {
        "slug": "eckladen",
        "name": "Eckladen",
        "is_active": True,
        "columns": COLUMNS,
        "decimal_mark": ",",
        "finish": "NONFOIL",
    } | fields
    return configure_source(source=CustomSource(**given), stream=stream)


def latest() -> dict[tuple[str, str], Decimal]:
    return {
        (one.marketplace.slug, one.finish): one.price
        for one in LatestPrice.objects.select_related("marketplace")
    }


def test_a_source_has_a_marketplace_of_its_own():
    source = make_source()

    stream = Marketplace.objects.get(slug="eckladen")
    assert source.marketplace == stream
    assert (stream.name, stream.side, stream.currency) == ("Eckladen", "RETAIL", "EUR")
    assert (stream.price_basis, stream.freshness_hours) == ("Asking price", 24)
    assert stream.is_active

    source.is_active = False
    facts = StreamFacts(
        side="BUYLIST",
        currency="USD",
        price_basis="Paid in cash",
        freshness_hours=48,
        website="",
    )
    configure_source(source=source, stream=facts)

    stream.refresh_from_db()
    assert (stream.price_basis, stream.is_active) == ("Paid in cash", False)
    # What its prices are of stays.
    assert (stream.side, stream.currency) == ("RETAIL", "EUR")


def test_a_file_is_stored_with_its_rejects_and_again_changes_nothing(card, tmp_path):
    make_source()
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    at = datetime(2026, 3, 10, tzinfo=UTC)

    run = ingest_custom(slug="eckladen", file=VendorFile(path), at=at)

    assert (run.source, run.status) == ("eckladen", IngestRun.Status.SUCCEEDED)
    assert (run.rows_seen, run.rows_written, run.rows_rejected) == (2, 1, 1)
    assert run.rejects == {"unknown card": 1}
    assert run.quarantined.get().position == "row 3"
    price = LatestPrice.objects.get()
    assert (price.card, price.price, price.currency, price.total_quantity) == (
        card,
        Decimal("1.50"),
        "EUR",
        3,
    )
    assert price.as_of == at

    again = ingest_custom(slug="eckladen", file=VendorFile(path), at=at)

    assert (again.rows_written, again.rows_unchanged) == (0, 1)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (LIST.replace("2,00;1", '"2,00;1'), CorruptFeedError),
        ("<html>Sorry", CorruptFeedError),
        (LIST.replace("1,50", "gratis").replace("2,00", "x"), RefusedFeedError),
    ],
)
def test_a_bad_file_stores_nothing_and_its_run_says_why(card, tmp_path, text, error):
    make_source()
    path = tmp_path / "list.csv"
    path.write_text(text)

    with pytest.raises(error) as raised:
        ingest_custom(slug="eckladen", file=VendorFile(path))

    assert PriceSnapshot.objects.count() == 0
    run = IngestRun.objects.get()
    assert run.status != IngestRun.Status.SUCCEEDED
    assert run.error == str(raised.value)


def test_json_in_cents_by_a_vendors_id(card, tmp_path):
    make_source(
        file_format="JSON",
        records_path="data",
        columns={"tcgplayer_id": "product.id", "price": "cents", "finish": "foil"},
        unit="CENTS",
        currency="USD",
        finish="",
    )
    path = tmp_path / "list.json"
    path.write_text('{"data":[{"product":{"id":77},"cents":349,"foil":true}]}')

    ingest_custom(slug="eckladen", file=VendorFile(path))

    assert latest() == {("eckladen", "FOIL"): Decimal("3.49")}


def test_what_is_not_active_is_not_read(tmp_path):
    make_source(is_active=False, url="https://example.org/list.csv")

    with pytest.raises(IngestError, match="eckladen is not active"):
        fetch_custom(slug="eckladen")
    assert fetch_due_sources() == {}


class TestCommand:
    def test_reads_a_file_and_an_address(self, card, server, settings, tmp_path):
        settings.FEED_ALLOW_PRIVATE_ADDRESSES = True
        make_source()
        path = tmp_path / "list.csv"
        path.write_text(LIST)
        text = LIST.replace("1,50", "2").encode()
        server.documents["/list.csv?key=secret"] = ("text/csv", text)
        out = StringIO()

        call_command(
            "ingest", "eckladen", "--file", str(path), "--at", "2026-03-10", stdout=out
        )
        call_command("ingest", "eckladen", "--url", f"{server.url}/list.csv?key=secret")

        assert "eckladen: 1 written, 0 unchanged, 1 rejected of 2" in out.getvalue()
        assert latest() == {("eckladen", "NONFOIL"): Decimal("2.00")}
        assert "secret" not in IngestRun.objects.first().uri

    def test_a_source_without_an_address_says_so(self, card):
        make_source()

        with pytest.raises(CommandError, match="neither an address nor"):
            call_command("ingest", "eckladen")

    def test_everything_includes_what_is_active_and_has_an_address(
        self, card, server, settings, monkeypatch
    ):
        settings.FEED_ALLOW_PRIVATE_ADDRESSES = True
        for name in ("fetch_scryfall", "fetch_mtgjson", "fetch_rates"):
            monkeypatch.setattr(live, name, lambda **_: [])
        monkeypatch.setattr(live, "configured_vendors", list)
        server.documents["/list.csv"] = ("text/csv", LIST.encode())
        make_source(url=f"{server.url}/list.csv")
        make_source(slug="other", name="Other", is_active=False, url="https://x.org")
        make_source(slug="third", name="Third")

        runs = [run.source for run in live.fetch_all()]

        assert runs == ["eckladen"]


class TestSchedule:
    @pytest.fixture
    def source(self, card, server, settings) -> CustomSource:
        settings.FEED_ALLOW_PRIVATE_ADDRESSES = True
        server.documents["/list.csv"] = ("text/csv", LIST.encode())
        return make_source(url=f"{server.url}/list.csv", every_hours=6)

    def test_reads_what_is_due(self, source, server):
        now = timezone.now()

        assert fetch_due_sources(now=now) == {"eckladen": 1}
        assert fetch_due_sources(now=now + timedelta(hours=5, minutes=59)) == {}
        assert fetch_due_sources(now=now + timedelta(hours=6)) == {"eckladen": 1}
        assert len(server.asked) == 2

    def test_without_hours_it_is_never_read(self, source):
        source.every_hours = None
        source.save()

        assert fetch_due_sources() == {}

    def test_a_failure_waits_for_its_turn_and_is_written_down(self, source, server):
        make_source(
            slug="second",
            name="Second",
            url=f"{server.url}/second.csv",
            every_hours=1,
        )
        del server.documents["/list.csv"]
        server.documents["/second.csv"] = ("text/csv", LIST.encode())
        now = timezone.now()

        assert fetch_due_sources(now=now) == {"second": 1}

        source.refresh_from_db()
        assert "answered 404" in source.error
        assert fetch_due_sources(now=now + timedelta(minutes=30)) == {}

    def test_the_task(self, source):
        assert tasks.ingest_custom_sources() == {"eckladen": 1}

    def test_a_demo_market_is_left_alone(self, source, server):
        IngestRun.objects.create(source="demo")

        assert tasks.ingest_custom_sources() == {}
        assert server.asked == []

    def test_it_is_looked_for_more_often_than_hourly(self):
        entry = live_settings.CELERY_BEAT_SCHEDULE["custom-sources"]

        assert entry["schedule"] < timedelta(hours=1)


def test_a_list_that_has_not_changed_still_holds(card, settings, tmp_path, server):
    settings.FEED_ALLOW_PRIVATE_ADDRESSES = True
    server.documents["/list.csv"] = ("text/csv", LIST.encode())
    make_source(url=f"{server.url}/list.csv")

    (first,) = fetch_custom(slug="eckladen")
    (second,) = fetch_custom(slug="eckladen")

    assert first.as_of < second.as_of
    assert LatestPrice.objects.get().as_of == second.as_of


class TestNetwork:
    def test_our_own_network_is_not_read(self, card, server):
        make_source(url=f"{server.url}/list.csv")
        server.documents["/list.csv"] = ("text/csv", LIST.encode())

        with pytest.raises(NotPublicError, match="not on the public internet"):
            fetch_custom(slug="eckladen")

        assert server.asked == []
        assert IngestRun.objects.count() == 0


class TestPreview:
    def test_shows_what_would_be_read_and_stores_nothing(self, card, tmp_path):
        source = make_source(is_active=False)
        path = tmp_path / "list.csv"
        path.write_text(LIST + "Sol Ring;12;TST;;1\n" + "x;y\n" * 3)

        seen = preview(source=source, file=VendorFile(path))

        first, second, third, *_ = seen.rows
        assert (first.position, first.card, first.finish) == (
            "row 2",
            "Sol Ring (TST) 12",
            "Nonfoil",
        )
        assert (first.condition, first.language) == ("Near Mint", "English")
        assert (first.price, first.currency, first.quantity) == (
            Decimal("1.50"),
            "EUR",
            3,
        )
        assert (second.problem, second.card) == ("unknown card", "")
        assert (third.problem, third.card) == ("", "")
        assert [one.position for one in seen.problems] == [
            "row 3",
            "row 5",
            "row 6",
            "row 7",
        ]
        assert (seen.looked_at, seen.usable, seen.without_offer) == (6, 1, 1)
        assert seen.rejects == {"ragged row": 3, "unknown card": 1}
        assert (PriceSnapshot.objects.count(), IngestRun.objects.count()) == (0, 0)

    def test_shows_no_more_than_ten_of_each(self, card, tmp_path):
        source = make_source()
        path = tmp_path / "list.csv"
        path.write_text(LIST + "Nobody;1;TST;1,00;1\n" * 30)

        seen = preview(source=source, file=VendorFile(path))

        assert (len(seen.rows), len(seen.problems), seen.looked_at) == (10, 10, 32)

    def test_a_file_that_is_none_is_an_error(self, card, tmp_path):
        path = tmp_path / "list.csv"
        path.write_text("<html>Sorry")

        seen = preview(source=make_source(), file=VendorFile(path))

        assert seen.error.startswith("This is a web page")


def posted(**fields: Any) -> dict[str, Any]:
    """What the form sends."""
    given = {
        "name": "Eckladen",
        "slug": "eckladen",
        "is_active": "on",
        "url": "",
        "every_hours": "",
        "file_format": "CSV",
        "records_path": "",
        "delimiter": "",
        "encoding": "",
        "decimal_mark": ",",
        "unit": "WHOLE",
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "condition_scale": "cardmarket",
        "language": "",
        "side": "RETAIL",
        "currency": "EUR",
        "price_basis": "Asking price",
        "freshness_hours": "24",
        "website": "",
    } | {f"column_{key}": column for key, column in COLUMNS.items()}
    return given | fields


def text_of(answer: Any) -> str:
    """The words of a page, tags and blanks left out."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


class TestAdmin:
    def test_a_source_is_described_previewed_and_read(self, admin_client, card):
        upload = SimpleUploadedFile("list.csv", LIST.encode())

        answer = admin_client.post(f"{ADMIN}add/", posted(upload=upload), follow=True)

        source = CustomSource.objects.get()
        page = f"{ADMIN}{source.pk}/preview/"
        assert answer.redirect_chain[-1][0] == page
        assert source.columns == COLUMNS
        assert source.condition_scale == "cardmarket"
        text = text_of(answer)
        assert "row 2 set_code: TST, collector_number: 12, name: Sol Ring" in text
        assert "Sol Ring (TST) 12 Nonfoil Near Mint English 1.50 EUR 3" in text
        assert "1 unknown card" in text
        assert PriceSnapshot.objects.count() == 0

        answer = admin_client.post(page, {"read": "Read now"}, follow=True)

        said = "Eckladen: 2 rows, 1 stored, 0 as before, 1 rejected (unknown card: 1)."
        assert said in text_of(answer)
        assert latest() == {("eckladen", "NONFOIL"): Decimal("1.50")}

    def test_the_form_shows_what_was_described(self, admin_client, card):
        source = make_source()

        page = admin_client.get(f"{ADMIN}{source.pk}/change/").content.decode()

        assert 'name="column_price" value="Preis"' in page
        assert f"{source.pk}/preview/" in page
        slug = re.search(r'<input[^>]*name="slug"[^>]*>', page)
        assert slug is not None
        assert "disabled" in slug[0]

    def test_a_change_keeps_what_prices_rely_on(self, admin_client, card):
        source = make_source()

        admin_client.post(
            f"{ADMIN}{source.pk}/change/",
            posted(slug="x", currency="USD", column_price="Euro", price_basis="Cash"),
        )

        source.refresh_from_db()
        assert (source.slug, source.columns["price"]) == ("eckladen", "Euro")
        stream = source.marketplace
        assert (stream.currency, stream.price_basis) == ("EUR", "Cash")

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"slug": "cardmarket"}, "the name of a source we know"),
            ({"slug": "cardmarket-de"}, "the name of a source we know"),
            ({"slug": "all"}, "the name of a source we know"),
            ({"url": "ftp://example.org/x"}, "Only http:// and https://"),
            ({"url": "http://a:b@example.org/x"}, "no name or password"),
            ({"every_hours": "6"}, "There is no address to read from"),
            ({"every_hours": "0", "url": "http://x.org"}, "greater than or equal to 1"),
            ({"column_price": ""}, "Say which column has the price"),
            (
                {"column_set_code": "", "column_name": ""},
                "Say which columns tell the card",
            ),
            ({"finish": ""}, "Say which column has the finish"),
            (
                {"zero_is_absent": "on", "column_quantity": ""},
                "Say which column has the copies",
            ),
        ],
    )
    def test_what_cannot_be_read_is_not_saved(self, admin_client, fields, error):
        answer = admin_client.post(f"{ADMIN}add/", posted(**fields))

        assert error in text_of(answer)
        assert CustomSource.objects.count() == 0
        assert not Marketplace.objects.filter(slug="eckladen").exists()

    def test_an_upload_has_a_limit(self, admin_client, monkeypatch):
        monkeypatch.setattr("apps.prices.forms_custom.MAX_BYTES", 10)
        upload = SimpleUploadedFile("list.csv", LIST.encode())

        answer = admin_client.post(f"{ADMIN}add/", posted(upload=upload))

        assert "A price list has at most" in text_of(answer)
        assert CustomSource.objects.count() == 0

    def test_an_error_is_said_and_not_a_page_of_its_own(self, admin_client, card):
        source = make_source(url="http://127.0.0.1:9/list.csv")
        page = f"{ADMIN}{source.pk}/preview/"

        for button in ("read", "fetch"):
            answer = admin_client.post(page, {button: "x"}, follow=True)
            assert "not on the public internet" in text_of(answer)

    def test_a_list_is_fetched_for_the_preview(
        self, admin_client, card, server, settings
    ):
        settings.FEED_ALLOW_PRIVATE_ADDRESSES = True
        server.documents["/list.csv"] = ("text/csv", LIST.encode())
        source = make_source(url=f"{server.url}/list.csv")
        page = f"{ADMIN}{source.pk}/preview/"

        before = text_of(admin_client.get(page))
        after = text_of(admin_client.post(page, {"fetch": "x"}, follow=True))

        assert "There is no file yet" in before
        assert "Sol Ring (TST) 12" in after
        assert PriceSnapshot.objects.count() == 0

    def test_the_action_of_the_list_reads(self, admin_client, card, tmp_path):
        upload = SimpleUploadedFile("list.csv", LIST.encode())
        source = make_source(upload=upload)

        answer = admin_client.post(
            ADMIN,
            {"action": "read_selected", "_selected_action": [source.pk]},
            follow=True,
        )

        assert "Eckladen: 2 rows, 1 stored" in text_of(answer)

    def test_cells_are_shown_as_text(self, admin_client, card):
        text = LIST + "=cmd|'/c calc'!A0<script>;1;TST;2,00;1\n"
        source = make_source(upload=SimpleUploadedFile("list.csv", text.encode()))

        page = admin_client.get(f"{ADMIN}{source.pk}/preview/").content.decode()

        assert "&lt;script&gt;" in page
        assert "A0<script>" not in page

    def test_others_see_nothing(self, client, django_user_model, card):
        source = make_source()
        page = f"{ADMIN}{source.pk}/preview/"
        assert client.get(page).status_code == 302

        clerk = django_user_model.objects.create_user("clerk", is_staff=True)
        client.force_login(clerk)
        assert client.get(page).status_code == 403
        assert client.post(page, {"read": "x"}).status_code == 403

    def test_it_cannot_be_deleted(self, admin_client):
        source = make_source()

        answer = admin_client.post(f"{ADMIN}{source.pk}/delete/", {"post": "yes"})

        assert answer.status_code == 403
        assert CustomSource.objects.exists()


def test_an_uploaded_list_replaces_the_one_before(card):
    source = make_source(upload=SimpleUploadedFile("a.csv", b"1"))
    before = source.upload.path

    source.upload = SimpleUploadedFile("b.csv", b"2")
    facts = StreamFacts(
        side="RETAIL",
        currency="EUR",
        price_basis="Asking price",
        freshness_hours=24,
        website="",
    )
    configure_source(source=source, stream=facts)

    assert not Path(before).exists()
    assert source.upload.read() == b"2"
