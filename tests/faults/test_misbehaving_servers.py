"""Servers that refuse, stall, lie or lead elsewhere.

What cannot be fetched is an error in a sentence, in the ledger as on the terminal;
nothing is stored and the file of the last time stays. Once the server is itself again,
the same command gives what it gives in peace.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import pytest
import stamina
from django.core.management import CommandError, call_command

from apps.prices.models import IngestRun
from apps.prices.services import ingest_scryfall
from mtgintel.core import http
from mtgintel.core.embedded.tests.processes import eventually
from mtgintel.core.http import FeedClient, FetchError
from tests.faults import market
from tests.faults.servers import RawServer, raw_server, reset, response
from tests.faults.state import stored_here

ATTEMPTS = 2
GOOD = market.price_list()


@pytest.fixture
def server(monkeypatch) -> Iterator[RawServer]:
    """Waits as in earnest, but for fractions of a second."""
    monkeypatch.setattr(http, "TIMEOUT", 0.3)
    monkeypatch.setattr(http, "MAX_SECONDS", 0.6)
    with raw_server() as server, stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield server


@pytest.fixture
def client(server) -> Iterator[FeedClient]:
    with FeedClient(pace=0) as client:
        yield client


def hang_in_the_body(connection) -> None:
    connection.sendall(response(GOOD[:500], length=len(GOOD)))
    time.sleep(0.5)


def drip(connection) -> None:
    """One byte now, another soon: never silent for as long as a timeout."""
    connection.sendall(response(b"", length=len(GOOD)))
    for byte in GOOD:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def reset_in_the_body(connection) -> None:
    connection.sendall(response(GOOD[:500], length=len(GOOD)))
    time.sleep(0.05)
    reset(connection)


def send_without_end(connection) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 65_536)


def wrong_encoding() -> bytes:
    return response(GOOD, Content_Encoding="gzip")


# What the server answers to every request, what is said of it, and whether it is asked
# again.
FAULTS = {
    "403": (response(b"{}", "403 Forbidden"), "answered 403 Forbidden", False),
    "404": (response(b"{}", "404 Not Found"), "answered 404 Not Found", False),
    "429": (response(b"{}", "429 Slow Down", Retry_After="1"), "answered 429", True),
    "500": (response(b"{}", "500 Oh"), "answered 500", True),
    "204": (response(b"", "204 No Content"), "answered 204", False),
    "304 unasked": (response(b"", "304 Not Modified"), "answered 304", False),
    "hangs before its answer": (RawServer.hang, "timed out", True),
    "hangs in its answer": (hang_in_the_body, "timed out", True),
    "drips": (drip, "was not done; given up", False),
    "resets in its answer": (reset_in_the_body, "could not be fetched", True),
    "closes without a word": (lambda connection: None, "could not be fetched", True),
    "speaks no HTTP": (b"220 ready\r\n\r\n", "could not be fetched", True),
    "claims too much": (
        response(GOOD, length=len(GOOD) + 10),
        "could not be fetched",
        True,
    ),
    "claims another encoding": (wrong_encoding(), "could not be fetched", False),
    "sends without end": (send_without_end, "is larger than 1000000 bytes", False),
    "inflates without end": (
        response(gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip"),
        "is larger than 1000000 bytes",
        False,
    ),
    "redirects in a circle": (
        response(b"", "302 Found", Location="/list.json"),
        "redirects in a circle",
        False,
    ),
    "redirects to a file": (
        response(b"", "302 Found", Location="file:///etc/hostname"),
        "which is no web address",
        False,
    ),
    "redirects to the metadata of a cloud": (
        response(b"", "302 Found", Location="http://169.254.169.254/latest"),
        "which is not on the public internet",
        False,
    ),
    "redirects into our own network": (
        response(b"", "302 Found", Location="http://localhost:6379/"),
        "which is not on the public internet",
        False,
    ),
    "redirects nowhere": (
        response(b"", "302 Found", Location="http://"),
        "could not be fetched",
        True,
    ),
}


@pytest.mark.parametrize(
    ("answer", "said", "is_asked_again"), FAULTS.values(), ids=FAULTS
)
def test_nothing_of_it_is_kept(server, client, tmp_path, answer, said, is_asked_again):
    url = f"{server.url}/list.json"
    server.answers = [response(b"[1]")]
    client.download(url, tmp_path)
    bound = answer.__get__(server) if answer is RawServer.hang else answer
    server.answers = [bound]
    server.requests.clear()

    started = time.monotonic()
    with pytest.raises(FetchError, match=said):
        client.download(url, tmp_path, max_bytes=1_000_000)

    assert time.monotonic() - started < 5
    turns = 1 + http._MAX_REDIRECTS if "circle" in said else 1
    assert len(server.requests) == (ATTEMPTS if is_asked_again else turns)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "list.json",
        "list.json.state",
    ]
    assert (tmp_path / "list.json").read_bytes() == b"[1]"
    # The server is itself again.
    server.answers = [response(GOOD)]
    assert client.download(url, tmp_path).path.read_bytes() == GOOD


def in_two_seconds() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


@pytest.mark.parametrize("asked_for", [lambda: "1", in_two_seconds])
def test_a_pause_is_kept_whichever_way_it_is_asked_for(server, client, asked_for):
    """A date has no fractions of a second: between one and two of them."""
    # In testing mode pauses are cut to nothing.
    stamina.set_testing(False)
    busy = response(b"{}", "429 Too Many Requests", Retry_After=asked_for())
    server.answers = [busy, response(b"[1]")]
    started = time.monotonic()

    assert client.json(f"{server.url}/x") == [1]

    assert 1.0 <= time.monotonic() - started < 4
    assert len(server.requests) == 2


def test_no_pause_is_endless_or_none_at_all():
    assert http._retry_after("1e9") == http._retry_after("inf") == http._LONGEST_WAIT
    assert http._retry_after("Fri, 31 Dec 9999 23:59:59 GMT") == http._LONGEST_WAIT
    assert http._retry_after("-5") == 0
    assert [http._retry_after(one) for one in ("nan", "soon", "", None)] == [None] * 4


def test_a_host_is_public_when_all_its_addresses_are():
    for host in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "localhost", "0"):
        assert not http.is_public(host)
    assert http.is_public("1.1.1.1")
    assert http.is_public("2606:4700:4700::1111")


def test_two_that_fetch_the_same_file(server, client, tmp_path):
    """The second says so; the file is the first one's, whole."""
    server.answers = [slowly, response(GOOD)]
    url = f"{server.url}/list.json"
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.download, url, tmp_path)
        eventually((tmp_path / "list.json.part").exists)
        with (
            FeedClient() as other,
            pytest.raises(FetchError, match="being fetched by another process"),
        ):
            other.download(url, tmp_path)

    assert first.result().path.read_bytes() == GOOD
    assert len(server.requests) == 1


def test_what_a_killed_download_left_is_written_over(server, client, tmp_path):
    (tmp_path / "list.json.part").write_bytes(b"x" * 2 * len(GOOD))
    server.answers = [response(GOOD)]

    download = client.download(f"{server.url}/list.json", tmp_path)

    assert download.path.read_bytes() == GOOD
    assert not (tmp_path / "list.json.part").exists()


def slowly(connection) -> None:
    connection.sendall(response(b"", length=len(GOOD)))
    time.sleep(0.25)
    connection.sendall(GOOD)


# What `manage.py ingest cardkingdom --url` makes of it.
AT_FIRST = {
    "refused": response(b"{}", "403 Forbidden"),
    "hanging": RawServer.hang,
    "cut off": response(GOOD, length=len(GOOD) + 10),
    "claims too little": response(GOOD, length=len(GOOD) - 10),
    "a page instead": response(b"<html>Just a moment</html>", Content_Type="text/html"),
    "a page that says it is JSON": response(b"<html>Just a moment</html>"),
    "nothing": response(b""),
    "half a gzip": response(gzip.compress(GOOD)[:-100]),
}


@pytest.mark.django_db(transaction=True)
def test_the_command_says_it_and_then_succeeds(server, settings, tmp_path):
    settings.FEED_DOWNLOAD_DIR = tmp_path / "feeds"
    cards = tmp_path / "cards.jsonl"
    cards.write_bytes(market.catalogue())
    ingest_scryfall(path=cards, at=market.FIRST_DAY)
    command = ("ingest", "cardkingdom", "--url", f"{server.url}/list")
    before = stored_here()
    for number, answer in enumerate(AT_FIRST.values(), 1):
        server.answers = [partial(answer, server) if callable(answer) else answer]
        with pytest.raises(CommandError) as caught:
            call_command(*command)
        failed = IngestRun.objects.latest("id")
        assert (failed.source, failed.error) == ("cardkingdom", str(caught.value))
        assert failed.status in ("FAILED", "REFUSED")
        assert IngestRun.objects.count() == 1 + number
        assert stored_here() == before

    server.answers = [response(GOOD, ETag='"1"'), response(b"", "304 Not Modified")]
    server.requests.clear()
    call_command(*command)
    in_the_end = stored_here()
    # Not sent again, and read again from here: it changes nothing.
    call_command(*command)

    assert b'If-None-Match: "1"' in server.requests[1]
    assert stored_here() == in_the_end
    assert in_the_end["price_snapshots"][0] == 2 * market.PRICED
    runs = IngestRun.objects.order_by("-id")[:2]
    assert [(run.status, run.rows_written) for run in runs] == [
        ("SUCCEEDED", 0),
        ("SUCCEEDED", 2 * market.PRICED),
    ]
