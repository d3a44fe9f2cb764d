"""Importing by hand: nothing but forms and links."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.inventory import tasks
from apps.inventory.models import ImportBatch, Lot
from apps.prices.tests.factories import make_card

pytestmark = pytest.mark.django_db

START = "/inventory/import/"
HEADER = "Count,Name,Edition,Collector Number\n"


@pytest.fixture
def bolt():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def page(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def paste(page: Client, text: str, **fields: str) -> str:
    """The address of the import that a pasted text becomes."""
    answer = page.post(START, {"text": text, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def words(answer) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


def test_from_a_file_to_holdings_and_back(page, owner, bolt):
    file = SimpleUploadedFile(
        "mine.csv", f"{HEADER}3,Lightning Bolt,m10,146\n1,Nope,m10,9\n".encode()
    )

    where = page.post(START, {"file": file})["Location"]
    preview = words(page.get(where))
    assert "mine.csv" in preview
    assert "Ready to look at · Moxfield · 2 rows" in preview
    assert "New to your collection 3 copies of 1 kind" in preview
    assert "no card is called “Nope”" in preview
    assert not Lot.objects.exists()

    done = page.post(f"{where}commit/", follow=True)
    assert "1 holding imported." in words(done)
    assert Lot.objects.of(owner).get().quantity == 3

    back = page.post(f"{where}undo/", follow=True)
    assert "1 holding taken back." in words(back)
    assert not Lot.objects.exists()


def test_a_printing_is_chosen_row_by_row(page, owner, bolt):
    other = make_card("Lightning Bolt", set_code="m11", collector_number="149")
    where = paste(page, "2 Lightning Bolt foil\n1 Lightning Bolt (M10) 146\n")
    batch = ImportBatch.objects.get()
    row = batch.import_rows.get(outcome="AMBIGUOUS")
    shown = page.get(where).content.decode()
    assert f'value="{bolt.pk}:FOIL"' in shown
    assert f'value="{bolt.pk}:NONFOIL"' not in shown
    assert "2 printings may be meant" in shown

    settle = reverse("inventory:settle", args=[row.pk])
    answer = page.post(
        settle,
        {"choice": f"{other.pk}:FOIL", "page": "1", "outcome": "AMBIGUOUS"},
    )
    assert answer["Location"] == f"{where}?outcome=AMBIGUOUS&page=1#rows"
    page.post(f"{where}commit/")

    assert set(Lot.objects.of(owner).values_list("card_id", "finish", "quantity")) == {
        (other.pk, "FOIL", 2),
        (bolt.pk, "NONFOIL", 1),
    }


def test_a_row_is_left_out_and_a_bad_choice_is_said(page, bolt):
    make_card("Lightning Bolt", set_code="m11", collector_number="149")
    paste(page, "2 Lightning Bolt\n")
    row = ImportBatch.objects.get().import_rows.get()
    settle = reverse("inventory:settle", args=[row.pk])

    bad = page.post(settle, {"choice": "1:GOLD"}, follow=True)
    assert "Choose one of the printings." in words(bad)
    strange = make_card("Opt", set_code="dom")
    none = page.post(settle, {"choice": f"{strange.pk}:FOIL"}, follow=True)
    assert "This card is none of those the row may mean." in words(none)
    row.refresh_from_db()
    assert row.outcome == "AMBIGUOUS"

    page.post(settle, {"choice": "skip"})
    row.refresh_from_db()
    assert row.outcome == "SKIPPED"


def test_the_newest_for_all_rows(page, owner, bolt):
    newer = make_card(
        "Lightning Bolt",
        set_code="m11",
        collector_number="149",
        released_on="2010-07-16",
    )
    where = paste(page, "2 Lightning Bolt\n")

    answer = page.post(f"{where}newest/", follow=True)

    assert "1 decided: their newest printing is taken." in words(answer)
    assert ImportBatch.objects.get().import_rows.get().card_id == newer.pk


def test_columns_are_named_where_nobody_knows_them(page, owner, bolt):
    where = paste(page, "Karte;Stück\nLightning Bolt;2\n")
    shown = page.get(where)
    assert "Say what they are" in words(shown)
    assert 'name="column_0"' in shown.content.decode()

    bad = page.post(
        f"{where}read/", {"columns": "1", "has_header": "on", "column_1": "quantity"}
    )
    assert bad.status_code == 400
    assert "Say which column names the card." in words(bad)

    page.post(
        f"{where}read/",
        {
            "columns": "1",
            "has_header": "on",
            "column_0": "name",
            "column_1": "quantity",
        },
    )
    page.post(f"{where}commit/")
    assert Lot.objects.of(owner).get().quantity == 2


def test_the_currency_of_prices_can_be_said_afterwards(page, owner, bolt):
    where = paste(
        page, "Count,Name,Edition,Purchase Price\n1,Lightning Bolt,m10,0.50\n"
    )
    assert "a price without a currency" in words(page.get(where))

    page.post(f"{where}read/", {"currency": "EUR", "has_header": "on"})
    page.post(f"{where}commit/")

    lot = Lot.objects.of(owner).get()
    assert (str(lot.unit_cost), lot.cost_currency) == ("0.50", "EUR")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Choose a file, or paste a list."),
        ({"text": "1 Opt", "format": "moxfield"}, "no export of Moxfield"),
        ({"text": "<html></html>\n<Deck>", "format": "mtgo-dek"}, "it is no XML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(page, fields, message):
    answer = page.post(START, fields)

    assert answer.status_code == 400
    assert message in words(answer)
    assert not ImportBatch.objects.exists()


def test_a_binary_file_is_refused(page):
    file = SimpleUploadedFile("mine.csv", b"PK\x03\x04" + bytes(100))

    answer = page.post(START, {"file": file})

    assert answer.status_code == 400
    assert "ZIP archive" in words(answer)


def test_what_was_left_out_can_be_downloaded(page, bolt):
    where = paste(page, f"{HEADER}1,=Nope(),m10,9\n3,Lightning Bolt,m10,146\n")

    answer = page.get(f"{where}left-out.csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.getvalue().decode().splitlines() == [
        "Row,Outcome,Reason,Count,Name,Edition,Collector Number",
        "2,REJECTED,no card is called “=Nope()”,1,'=Nope(),m10,9",
    ]


def test_an_import_under_way_shows_how_far_it_is(page, owner, bolt):
    where = paste(page, "2 Lightning Bolt\n")
    ImportBatch.objects.update(status="COMMITTING", done=1, matched=3, imported=1)

    shown = page.get(where).content.decode()

    assert re.search(r'<progress id="import-progress"\s+max="100"\s+value="25">', shown)
    assert "js/imports.js" in shown


def test_large_files_wait_in_the_background(page, owner, bolt, monkeypatch):
    sent: list[tuple[int]] = []
    monkeypatch.setattr(tasks, "AT_ONCE", 5)
    monkeypatch.setattr(
        tasks.advance_import, "apply_async", lambda args, **_: sent.append(args)
    )

    where = paste(page, "2 Lightning Bolt (M10) 146\n")
    assert "Every row is being read" in words(page.get(where))
    page.post(f"{where}cancel/")

    assert tasks.advance_import(sent[0][0]) == {"rows": 0, "imported": 0}
    assert ImportBatch.objects.get().status == "CANCELLED"
    assert not Lot.objects.exists()


def test_an_import_that_nobody_does_can_be_started_again(page, owner, bolt):
    where = paste(page, "2 Lightning Bolt (M10) 146\n")
    batch = ImportBatch.objects.get()
    batch.import_rows.all().delete()
    ImportBatch.objects.update(status="UPLOADED", is_commit_wanted=True)

    page.post(f"{where}resume/")

    batch.refresh_from_db()
    assert (batch.status, batch.imported) == ("COMMITTED", 1)


def test_nothing_of_anothers_is_there(page, owner, bolt):
    make_card("Lightning Bolt", set_code="m11", collector_number="149")
    where = paste(page, "2 Lightning Bolt\n")
    row = ImportBatch.objects.get().import_rows.get()
    other = Client()
    other.force_login(User.objects.create_user("bob"))

    for path in (where, f"{where}left-out.csv"):
        assert other.get(path).status_code == 404
    for path in ("commit/", "cancel/", "undo/", "newest/", "resume/", "read/"):
        assert other.post(f"{where}{path}").status_code == 404
    settle = reverse("inventory:settle", args=[row.pk])
    assert other.post(settle, {"choice": f"{bolt.pk}:FOIL"}).status_code == 404
    row.refresh_from_db()
    assert (row.outcome, row.batch.status) == ("AMBIGUOUS", "PREVIEW")
    assert "Pasted text" not in words(other.get(START))


@pytest.mark.parametrize("path", [START, f"{START}1/", "/inventory/export/"])
def test_who_is_not_signed_in_is_asked_to(path):
    answer = Client().get(path)

    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_an_export_is_a_link(page, owner, bolt):
    Lot.objects.create(owner=owner, card=bolt, quantity=3)

    answer = page.get("/inventory/export/", {"format": "text"})

    assert answer.getvalue() == b"3 Lightning Bolt (M10) 146\n"
    assert page.get("/inventory/export/", {"format": "excel"}).status_code == 404


def test_a_page_of_rows_asks_few_questions(
    page, owner, bolt, django_assert_max_num_queries
):
    make_card("Lightning Bolt", set_code="m11", collector_number="149")
    where = paste(page, "".join(f"{n} Lightning Bolt\n" for n in range(1, 61)))
    page.get(where)

    with django_assert_max_num_queries(20):
        page.get(where)
