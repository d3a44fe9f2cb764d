"""Feed files, a server of them, and a card to price."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina

from apps.cards.models import Card
from apps.cards.tests.test_catalogue import SLIVER, card_object, jsonl
from apps.prices.services import ingest_scryfall

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def write(tmp_path):
    """Writes a feed file: bytes as they are, anything else as JSON."""

    def build(content: Any, name: str = "feed.json.gz"):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return build


@pytest.fixture
def card(write) -> Card:
    ingest_scryfall(path=write(jsonl(card_object()), "cards.jsonl"), at=NOON)
    return Card.objects.get()


def all_prices(
    prices: dict[str, float], *, uuid: str = SLIVER, day: str = "2026-03-10"
):
    """An AllPrices document of one card's nonfoil TCGplayer prices by date."""
    node = {"currency": "USD", "retail": {"normal": prices}, "buylist": {}}
    return {"meta": {"date": day}, "data": {uuid: {"paper": {"tcgplayer": node}}}}


class Server:
    """Answers with `documents`: a path, or a path with its query, -> (type, text)."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[str, bytes]] = {}
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers.get("Authorization")))
                kind, text = outer.documents.get(self.path, ("", b""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(settings, tmp_path) -> Iterator[Server]:
    settings.FEED_DOWNLOAD_DIR = tmp_path / "feeds"
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    with stamina.set_testing(True, attempts=1):
        yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()
