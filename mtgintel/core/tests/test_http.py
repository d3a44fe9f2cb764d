"""The feed client against a server that misbehaves in every way we have seen."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina
from django.conf import settings

from mtgintel.core.http import ACCEPT, FeedClient, FetchError

BODY = gzip.compress(b'{"data": {}}' * 1000)


class Server:
    """Answers with what `answer(handler, number of the request)` writes."""

    def __init__(self) -> None:
        self.requests: list[BaseHTTPRequestHandler] = []
        self.answer: Callable[[Any, int], None] = lambda handler, _: reply(
            handler, 200, BODY
        )
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self)
                outer.answer(self, len(outer.requests))

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


def reply(handler, code, body=b"", **headers):
    handler.send_response(code)
    headers.setdefault("Content_Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def client() -> Iterator[FeedClient]:
    with FeedClient(pace=0) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_waiting():
    """Retries as in earnest, without the pauses; and without what other tests set."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def test_download_is_whole_and_named_after_its_address(server, client, tmp_path):
    download = client.download(f"{server.url}/a/AllPrices.json.gz?x=1", tmp_path)

    assert download.path == tmp_path / "AllPrices.json.gz"
    assert download.path.read_bytes() == BODY
    assert download.sha256 == hashlib.sha256(BODY).hexdigest()
    assert download.is_new
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "AllPrices.json.gz",
        "AllPrices.json.gz.state",
    ]


def test_every_request_says_who_we_are(server, client):
    client.text(f"{server.url}/x")

    headers = server.requests[0].headers
    assert headers["User-Agent"] == settings.FEED_USER_AGENT
    assert headers["Accept"] == ACCEPT


def test_redirect_is_followed(server, client, tmp_path):
    def answer(handler, number):
        if number == 1:
            reply(handler, 302, Location="/there/file.gz")
        else:
            reply(handler, 200, BODY)

    server.answer = answer

    assert client.download(f"{server.url}/here.gz", tmp_path).path.read_bytes() == BODY


def test_unchanged_file_is_not_sent_again(server, client, tmp_path):
    def answer(handler, number):
        if number == 1:
            reply(handler, 200, BODY, ETag='"v1"', Last_Modified="yesterday")
        else:
            reply(handler, 304)

    server.answer = answer
    first = client.download(f"{server.url}/file.gz", tmp_path)
    second = client.download(f"{server.url}/file.gz", tmp_path)

    asked = server.requests[1].headers
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('"v1"', "yesterday")
    assert (second.is_new, second.sha256) == (False, first.sha256)
    assert second.path.read_bytes() == BODY


def test_file_that_is_gone_here_is_asked_for_anew(server, client, tmp_path):
    server.answer = lambda handler, _: reply(handler, 200, BODY, ETag='"v1"')
    client.download(f"{server.url}/file.gz", tmp_path).path.unlink()

    assert client.download(f"{server.url}/file.gz", tmp_path).is_new
    assert server.requests[1].headers["If-None-Match"] is None


@pytest.mark.parametrize("code", [429, 500, 503])
def test_busy_server_is_asked_again(server, client, code):
    server.answer = lambda handler, number: reply(
        handler, code if number < 3 else 200, b"[1]"
    )

    assert client.json(f"{server.url}/x") == [1]
    assert len(server.requests) == 3


def test_the_pause_a_server_asks_for_is_kept(server):
    server.answer = lambda handler, number: (
        reply(handler, 429, Retry_After="1")
        if number == 1
        else reply(handler, 200, b"1")
    )
    stamina.set_testing(False)

    started = time.monotonic()
    with FeedClient(pace=0) as client:
        assert client.json(f"{server.url}/x") == 1

    assert 1.0 <= time.monotonic() - started < 3.0


def test_server_that_stays_busy_is_given_up(server, client):
    server.answer = lambda handler, _: reply(handler, 503)

    with pytest.raises(FetchError, match="answered 503"):
        client.text(f"{server.url}/x")
    assert len(server.requests) == 3


def test_missing_file_is_not_asked_for_twice(server, client, tmp_path):
    server.answer = lambda handler, _: reply(handler, 404)

    with pytest.raises(FetchError, match="answered 404"):
        client.download(f"{server.url}/x", tmp_path)
    assert len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_web_page_instead_of_data_is_refused(server, client, tmp_path):
    server.answer = lambda handler, _: reply(
        handler, 200, b"<html>Sorry", Content_Type="text/html; charset=utf-8"
    )

    with pytest.raises(FetchError, match="web page"):
        client.download(f"{server.url}/x.json", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_body_shorter_than_announced_keeps_the_old_file(server, client, tmp_path):
    client.download(f"{server.url}/file.gz", tmp_path)
    server.answer = lambda handler, _: reply(
        handler, 200, BODY[:50], Content_Length=str(len(BODY))
    )

    with pytest.raises(FetchError, match="could not be fetched"):
        client.download(f"{server.url}/file.gz", tmp_path)
    assert (tmp_path / "file.gz").read_bytes() == BODY
    assert not (tmp_path / "file.gz.part").exists()


def test_body_that_came_short_once_comes_whole(server, client, tmp_path):
    def answer(handler, number):
        short = number == 1
        body = BODY[:50] if short else BODY
        reply(handler, 200, body, Content_Length=str(len(BODY)))

    server.answer = answer

    assert client.download(f"{server.url}/f.gz", tmp_path).path.read_bytes() == BODY


def test_no_file_grows_beyond_its_limit(server, client, tmp_path):
    with pytest.raises(FetchError, match="larger than 10 bytes"):
        client.download(f"{server.url}/file.gz", tmp_path, max_bytes=10)
    assert list(tmp_path.iterdir()) == []


def test_nobody_there(client, tmp_path):
    with pytest.raises(FetchError, match="could not be fetched"):
        client.download("http://127.0.0.1:9/x", tmp_path)


@pytest.mark.parametrize(
    "url", ["feed.json", "file:///feed.json", "http://x:y/feed.json"]
)
def test_what_is_no_address_is_not_tried(client, tmp_path, caplog, url):
    with pytest.raises(FetchError, match="is no http:// or https:// address"):
        client.download(url, tmp_path)

    assert caplog.records == []


def test_requests_to_one_host_keep_their_distance(server):
    with FeedClient(pace=0.2) as client:
        started = time.monotonic()
        for _ in range(3):
            client.text(f"{server.url}/x")

    assert time.monotonic() - started >= 0.4
