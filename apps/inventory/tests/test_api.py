"""Files in and out for scripts; nobody sees what is another's."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from apps.inventory import tasks
from apps.inventory.models import ImportBatch, Lot
from apps.prices.tests.factories import make_card
from mtgintel.core.single import owned_lock

pytestmark = pytest.mark.django_db

HEADER = "Count,Name,Edition,Collector Number,Foil,Condition,Language,Purchase Price\n"


@pytest.fixture
def bolt():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_login(owner)
    return client


def send(
    api: APIClient,
    text: str | bytes,
    path: str = "/api/inventory/import",
    **fields: Any,
):
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("mine.csv", data)
    return api.post(path, {"file": file, **fields}, format="multipart")


def test_a_file_is_imported_at_once(api, owner, bolt):
    answer = send(
        api, HEADER + "3,Lightning Bolt,m10,146,,,,\n1,Nope,m10,1,,,,\n", commit="true"
    )

    assert answer.status_code == 200
    found = answer.json()
    assert {name: found[name] for name in ("format", "status", "rows")} == {
        "format": "moxfield",
        "status": "COMMITTED",
        "rows": 2,
    }
    assert (found["imported"], found["ambiguous"], found["rejected"]) == (1, 0, 1)
    (error,) = found["errors"]
    assert (error["row"], error["outcome"], error["name"]) == (3, "REJECTED", "Nope")
    assert Lot.objects.of(owner).get().quantity == 3
    assert answer["Cache-Control"] == "no-store"


def test_without_commit_it_waits(api, owner, bolt):
    found = send(api, HEADER + "3,Lightning Bolt,m10,146,,,,\n").json()

    assert (found["status"], found["matched"], found["imported"]) == ("PREVIEW", 1, 0)
    assert not Lot.objects.exists()
    path = f"/api/inventory/import/{found['id']}"
    assert api.get(path).json() == found
    assert api.get(f"{path}/").json() == found

    done = api.post(f"{path}/commit").json()
    assert (done["status"], done["imported"]) == ("COMMITTED", 1)
    undone = api.post(f"{path}/undo").json()
    assert (undone["status"], undone["imported"]) == ("UNDONE", 0)
    assert not Lot.objects.exists()


def test_an_unclear_row_names_its_candidates(api, bolt):
    other = make_card("Lightning Bolt", set_code="m11", collector_number="149")

    found = api.post("/api/inventory/import", {"text": "2 Lightning Bolt"}).json()

    (error,) = found["errors"]
    assert error["outcome"] == "AMBIGUOUS"
    assert {one["id"] for one in error["candidates"]} == {bolt.pk, other.pk}
    assert error["candidates"][0]["finishes"] == ["NONFOIL", "FOIL"]
    assert error["raw"] == {"line": "2 Lightning Bolt"}


def test_again_imports_the_same_file_again(api, owner, bolt):
    text = HEADER + "3,Lightning Bolt,m10,146,,,,0.50\n"
    first = send(api, text, commit="true", currency="eur").json()
    second = send(api, text, commit="true", currency="eur").json()
    third = send(api, text, commit="true", currency="eur", again="true").json()

    assert second["id"] == first["id"]
    assert third["id"] != first["id"]
    assert [lot.cost_currency for lot in Lot.objects.of(owner)] == ["EUR", "EUR"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "PK"}, None),
        ({}, "Send a file"),
        ({"text": "1 Opt", "format": "excel"}, "“excel” is not one of"),
        ({"text": "1 Opt", "format": "moxfield"}, "no export of Moxfield"),
        ({"text": "1 Opt", "colour": "red"}, "Unknown parameter; allowed"),
        ({"text": "1 Opt", "commit": "perhaps"}, "valid boolean"),
        ({"text": "1 Opt", "currency": "euro"}, "currency"),
    ],
)
def test_what_is_wrong_is_said(api, fields, message):
    answer = api.post("/api/inventory/import", fields)

    if message is None:
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("data", [b"PK\x03\x04\0\0", b"\0\1\2", b"", b"\x1f\x8b\x08"])
def test_binary_files_are_refused(api, data):
    answer = send(api, data)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert not ImportBatch.objects.exists()


def test_a_large_file_goes_to_the_background(api, owner, bolt, monkeypatch):
    sent: list[tuple[int]] = []
    monkeypatch.setattr(tasks, "AT_ONCE", 10)
    monkeypatch.setattr(
        tasks.advance_import, "apply_async", lambda args, **_: sent.append(args)
    )

    found = send(api, HEADER + "3,Lightning Bolt,m10,146,,,,\n", commit="true").json()
    assert (found["status"], found["rows"]) == ("UPLOADED", 0)
    assert sent == [(found["id"],)]

    tasks.advance_import(found["id"])
    done = api.get(f"/api/inventory/import/{found['id']}").json()
    assert (done["status"], done["imported"]) == ("COMMITTED", 1)


def test_an_import_whose_worker_was_killed_goes_on_by_itself(
    api, owner, bolt, monkeypatch
):
    sent: list[tuple[int]] = []
    monkeypatch.setattr(tasks, "AT_ONCE", 10)
    monkeypatch.setattr(
        tasks.advance_import, "apply_async", lambda args, **_: sent.append(args)
    )
    found = send(api, HEADER + "3,Lightning Bolt,m10,146,,,,\n", commit="true").json()
    sent.clear()

    assert tasks.resume_imports() == {"imports": 0}
    ImportBatch.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert tasks.resume_imports() == {"imports": 1}
    assert sent == [(found["id"],)]

    # It was not killed, just slow.
    with owned_lock(f"import-{found['id']}", seconds=60):
        assert tasks.advance_import(found["id"]) == {}
    tasks.advance_import(found["id"])
    assert ImportBatch.objects.get().status == "COMMITTED"
    assert tasks.resume_imports() == {"imports": 0}


def test_nobody_else_sees_an_import(api, owner, bolt):
    found = send(api, HEADER + "3,Lightning Bolt,m10,146,,,,\n").json()
    other = APIClient()
    other.force_login(User.objects.create_user("bob"))
    path = f"/api/inventory/import/{found['id']}"

    assert other.get("/api/inventory/import").json() == []
    assert other.get(path).status_code == 404
    for action in ("commit", "cancel", "undo"):
        assert other.post(f"{path}/{action}").status_code == 404
    assert ImportBatch.objects.get().status == "PREVIEW"
    assert [one["id"] for one in api.get("/api/inventory/import").json()] == [
        found["id"]
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/inventory/import"),
        ("post", "/api/inventory/import"),
        ("get", "/api/inventory/import/1"),
        ("post", "/api/inventory/import/1/commit"),
        ("get", "/api/inventory/export"),
    ],
)
def test_who_is_not_signed_in_gets_nothing(method, path):
    answer = getattr(APIClient(), method)(path)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


def test_a_session_needs_its_token(owner, bolt):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner)

    answer = client.post("/api/inventory/import", {"text": "1 Lightning Bolt"})

    assert answer.status_code == 403
    assert not ImportBatch.objects.exists()


def test_exports_are_of_ones_own(api, owner, bolt):
    other = User.objects.create_user("bob")
    Lot.objects.create(owner=owner, card=bolt, quantity=3, finish="FOIL")
    Lot.objects.create(owner=other, card=bolt, quantity=5)

    answer = api.get("/api/inventory/export", {"format": "moxfield"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "collection-moxfield.csv" in answer["Content-Disposition"]
    assert [(row["Count"], row["Edition"], row["Foil"]) for row in rows] == [
        ("3", "m10", "foil")
    ]
    text = api.get("/api/inventory/export?format=text").getvalue().decode()
    assert text == "3 Lightning Bolt (M10) 146 *F*\n"


def test_an_unknown_export_is_told_which_there_are(api):
    answer = api.get("/api/inventory/export", {"format": "excel"})

    assert answer.status_code == 400
    assert "moxfield" in answer.json()["message"]
