"""The archive for visitors: the page, the listing, the files."""

from __future__ import annotations

import asyncio
import hashlib
import io
import warnings
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from apps.cards.models import Card
from apps.prices.archive.folder import Folder
from apps.prices.archive.glossary import COLUMNS
from apps.prices.archive.manifest import ArchivedDay, Manifest
from apps.prices.archive.parquet import SCHEMA
from apps.prices.archive.services import archive_prices
from apps.prices.ingest.base import PriceData
from apps.prices.models import IngestRun, Marketplace
from apps.prices.services import record_prices
from mtgintel.core import cache
from tests.html import Page

from .archives import FIRST_DAY, make_market, nth_day, record_market, start_of

pytestmark = [pytest.mark.django_db(transaction=True)]

INDEX = "/data/bulk/"


@pytest.fixture(autouse=True)
def _nothing_from_the_test_before():
    cache.bump()


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture
def manifest(folder) -> Manifest:
    """Of two archived days."""
    record_market(make_market(3), days=2)
    archive_prices()
    return Folder(str(folder)).manifest()


@pytest.fixture
def day(manifest) -> ArchivedDay:
    return manifest.days[FIRST_DAY]


@pytest.fixture
def content(folder, day) -> bytes:
    return (folder / day.path).read_bytes()


@pytest.fixture
def address(day) -> str:
    return f"/data/bulk/{day.path}"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


# --- files ---------------------------------------------------------------------


def test_a_file_whole(client, day, content, address):
    response = client.get(address)

    assert response.status_code == 200
    assert body(response) == content
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"] == "application/vnd.apache.parquet"
    assert response["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Last-Modified"].endswith("GMT")
    assert f'filename="{day.name}"' in response["Content-Disposition"]


def test_head_tells_the_size_and_sends_nothing(client, content, address):
    response = client.head(address)

    assert response.status_code == 200
    assert response["Content-Length"] == str(len(content))
    assert response["Accept-Ranges"] == "bytes"
    assert body(response) == b""


def test_whoever_has_it_is_told_so(client, address):
    etag = client.get(address)["ETag"]

    response = client.get(address, headers={"If-None-Match": f'"else", {etag}'})

    assert response.status_code == 304
    assert response.content == b""


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=100-", 100, None),
        ("bytes=-8", -8, None),
        ("bytes=5-999999999", 5, None),
    ],
)
def test_a_part_of_a_file(client, content, address, asked, start, end):
    response = client.get(address, headers={"Range": asked})

    part = content[start:end]
    first = start % len(content)
    assert response.status_code == 206
    assert body(response) == part
    assert response["Content-Length"] == str(len(part))
    assert response["Content-Range"] == (
        f"bytes {first}-{first + len(part) - 1}/{len(content)}"
    )


@pytest.mark.parametrize("asked", ["bytes=1-2,5-6", "rows=1-2", "bytes=-", "nonsense"])
def test_a_range_we_do_not_know_is_the_whole(client, content, address, asked):
    response = client.get(address, headers={"Range": asked})

    assert response.status_code == 200
    assert body(response) == content


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0", "bytes=9-3"])
def test_a_range_with_nothing_in_it(client, content, address, asked):
    response = client.get(address, headers={"Range": asked})

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(content)}"


def test_a_part_of_another_content_is_the_whole(client, content, address):
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}

    assert body(client.get(address, headers=headers)) == content


def test_parquet_over_ranges_is_readable(client, content, address):
    """As a reader does it that asks for the end first."""
    tail = body(client.get(address, headers={"Range": "bytes=-8"}))
    length = int.from_bytes(tail[:4], "little")
    footer = body(client.get(address, headers={"Range": f"bytes=-{length + 8}"}))

    assert pq.read_metadata(io.BytesIO(content)).num_rows == 3 * 8
    assert footer == content[-length - 8 :]


def test_days_lead_to_what_their_file_is_now(client, folder, day, address):
    before = client.get(f"/data/bulk/{FIRST_DAY}.parquet")
    stream, card = Marketplace.objects.get(slug="cardkingdom"), Card.objects.first()
    moment = start_of(FIRST_DAY) + timedelta(hours=23)
    record_prices(
        PriceData(card.pk, stream.pk, Decimal(2), "USD", moment), source="late"
    )
    archive_prices()

    after = client.get(f"/data/bulk/{FIRST_DAY}.parquet")

    assert (before.status_code, before["Location"]) == (302, address)
    assert after["Location"] != address
    assert client.get(after["Location"]).status_code == 200
    assert client.get(address).status_code == 404


def test_card_names_have_an_address_of_their_own(client, manifest):
    response = client.get("/data/bulk/cards.parquet")

    assert response["Location"] == f"/data/bulk/{manifest.cards.path}"
    table = pq.read_table(io.BytesIO(body(client.get(response["Location"]))))
    assert table.num_rows == 3


def test_the_manifest_is_there_to_restore_from(client, folder, manifest):
    response = client.get("/data/bulk/manifest.json")

    assert response.content == (folder / "manifest.json").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "2026-02-19.parquet",
        "prices/unknown.parquet",
        "../settings.py",
        "..%2f..%2fsettings.py",
        "prices/../../secret",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "secret",
    ],
)
def test_nothing_else_is_served(client, folder, manifest, name):
    (folder / "secret").write_text("secret")
    (folder.parent / "secret").write_text("secret")

    response = client.get(f"/data/bulk/{name}")

    assert response.status_code == 404
    assert b"secret" not in response.content.replace(name.encode(), b"")


def test_a_file_that_is_gone_is_not_found(client, folder, day, address):
    (folder / day.path).unlink()

    assert client.get(address).status_code == 404


def test_files_may_be_elsewhere(client, settings, day, address):
    settings.ARCHIVE_PUBLIC_URL = "https://files.example.org/prices"

    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"] == f"https://files.example.org/prices/{day.path}"
    listed = client.get("/api/data/bulk").json()["days"][1]
    assert listed["url"] == response["Location"]


def test_files_of_a_remote_archive_come_through_us(client, settings):
    settings.ARCHIVE_URL = "memory://bulk"
    record_market(make_market(2), days=1)
    archive_prices()

    moved = client.get(f"/data/bulk/{FIRST_DAY}.parquet")
    response = client.get(moved["Location"])

    assert pq.read_table(io.BytesIO(body(response))).num_rows == 2 * 8


def test_under_asgi_a_file_comes_in_pieces(day, content, address):
    async def read() -> bytes:
        with warnings.catch_warnings():
            # Django warns of what it has to hold whole in memory.
            warnings.filterwarnings("error", "StreamingHttpResponse must consume")
            response = await AsyncClient().get(address)
            return b"".join([piece async for piece in response.streaming_content])

    assert asyncio.run(read()) == content


def test_downloads_are_limited(client, settings, address):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"download": "2/hour"},
    }
    statuses = [client.get(address) for _ in range(3)]

    assert [response.status_code for response in statuses] == [200, 200, 429]
    assert 0 < int(statuses[-1]["Retry-After"]) <= 3601


def test_only_reading(client, address):
    assert client.post(address).status_code == 405
    assert client.delete(INDEX).status_code == 405


# --- what there is -------------------------------------------------------------


def test_listing_is_the_manifest(client, manifest):
    listing = client.get("/api/data/bulk").json()

    assert [day["day"] for day in listing["days"]] == [
        nth_day(1).isoformat(),
        FIRST_DAY.isoformat(),
    ]
    day = manifest.days[FIRST_DAY]
    assert listing["days"][1] == {
        "url": f"/data/bulk/{day.path}",
        "rows": 24,
        "bytes": day.bytes,
        "sha256": day.sha256,
        "written_at": day.written_at.isoformat().replace("+00:00", "Z"),
        "day": FIRST_DAY.isoformat(),
        "min_time": day.min_time.isoformat().replace("+00:00", "Z"),
        "max_time": day.max_time.isoformat().replace("+00:00", "Z"),
    }
    assert listing["rows"] == 48
    assert listing["bytes"] == sum(day.bytes for day in manifest.days.values())
    assert listing["cards"]["rows"] == 3
    assert [column["name"] for column in listing["columns"]] == SCHEMA.names
    basis = Marketplace.objects.get(slug="cardmarket").price_basis
    assert {"slug": "cardmarket", "price_basis": basis}.items() <= {
        key: value
        for source in listing["sources"]
        if source["slug"] == "cardmarket"
        for key, value in source.items()
    }.items()


def test_every_column_is_explained():
    assert [column.name for column in COLUMNS] == SCHEMA.names


def test_page_shows_days_columns_and_sources(client, manifest):
    page = Page(client.get(INDEX))

    text = " ".join(element.text for element in page.all("main"))
    links = {element.attributes.get("href") for element in page.all("a")}
    assert {f"/data/bulk/{day.path}" for day in manifest.days.values()} <= links
    assert FIRST_DAY.isoformat() in text
    for column in COLUMNS:
        assert column.meaning in text
    for basis in Marketplace.objects.values_list("price_basis", flat=True):
        assert " ".join(basis.split()) in text


def test_page_asks_the_database_no_more_for_more_days(
    client, manifest, django_assert_max_num_queries
):
    client.get(INDEX)
    with django_assert_max_num_queries(4):
        client.get(INDEX)


def test_page_without_an_archive(client, settings):
    settings.ARCHIVE_URL = ""

    assert "This site keeps no archive." in Page(client.get(INDEX)).all("main")[0].text
    assert client.get("/api/data/bulk").json()["days"] == []
    assert client.get("/data/bulk/manifest.json").status_code == 404


def test_page_of_the_demo_market_says_so(client, folder):
    IngestRun.objects.create(source="demo")

    text = Page(client.get(INDEX)).all("main")[0].text
    assert "This is the demo market." in text
    assert "none of them are archived" in text


def test_an_archive_that_does_not_answer(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.ARCHIVE_URL = str(tmp_path / "file" / "archive")
    client = Client()

    page = client.get(INDEX)
    listing = client.get("/api/data/bulk")

    assert page.status_code == 503
    assert "does not answer" in Page(page).all("main")[0].text
    assert listing.status_code == 503
    assert listing.json()["code"] == "unavailable"
    assert client.get(f"/data/bulk/{FIRST_DAY}.parquet").status_code == 503
    assert reverse("bulk:index") == INDEX
