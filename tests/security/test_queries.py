"""No filter of any list reaches the database as anything but a value."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from apps.cards.models import Card

from .conftest import World
from .pages import addresses_without_parameters

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("world"),
]

SLEEP_SECONDS = 5
NONSENSE = "zqxj"
PAYLOADS = [
    "zqxj' OR 1=1 --",
    "zqxj') OR ('a'='a",
    f"'||(SELECT pg_sleep({SLEEP_SECONDS}))||'",
    f"(SELECT pg_sleep({SLEEP_SECONDS}))",
    "\\'; DROP TABLE cards; --",
    "%' ESCAPE '%%s%(x)s{0}$1",
    "\x00",
]
# Ends a text, ends a line of SQL, ends a string of C.
ALONE = (PAYLOADS[0], PAYLOADS[-1])
_FIELD = re.compile(r'<(?:input|select)\b[^>]*\bname="([^"]+)"')


def lists() -> list[tuple[str, str]]:
    """(route, parameter) of every filter that the OpenAPI document names."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return [
        (path, parameter["name"])
        for path, methods in document["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["in"] == "query"
    ]


def test_no_filter_of_the_api_is_code(world: World):
    client = world.client(world.owner)
    filters = lists()
    assert len(filters) > 60
    cards = Card.objects.count()
    worst = 0.0
    for path, name in filters:
        address = _filled(path, world)
        nothing = _count(client.get(address, {name: NONSENSE}))
        for payload in PAYLOADS:
            started = time.monotonic()
            response = client.get(address, {name: payload})
            worst = max(worst, time.monotonic() - started)
            where = f"{address} {name}={payload!r}"
            assert response.status_code in (200, 400, 404), where
            _tells_nothing(response, where)
            if payload.startswith("zqxj") and nothing is not None:
                assert _count(response) in (None, nothing), where
    assert worst < SLEEP_SECONDS
    assert Card.objects.count() == cards


def test_no_identifier_of_the_api_is_code(world: World):
    client = world.client(world.owner)
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    for path in document["paths"]:
        for payload in PAYLOADS if "{" in path else ():
            response = client.get(re.sub(r"\{[^}]+\}", payload, path))
            assert response.status_code in (400, 404, 405), (path, payload)
            _tells_nothing(response, path)


def test_no_field_of_a_page_is_code(world: World):
    client = world.client(world.owner)
    tried = 0
    pages = [one for one in addresses_without_parameters() if "/api/" not in one]
    for address in [*pages, f"/cards/{world.card.pk}/", "/sets/mh2/"]:
        page = client.get(address)
        is_page = page.get("Content-Type", "").startswith("text/html")
        if page.status_code != 200 or not is_page:
            continue
        names = sorted(set(_FIELD.findall(page.content.decode())))
        # All at once, and each alone: what one field refuses may hide another.
        questions = [dict.fromkeys(names, payload) for payload in PAYLOADS]
        questions += [
            {name: payload} for name in names for payload in ALONE if len(names) > 1
        ]
        for question in questions:
            response = client.get(address, question)
            assert response.status_code < 500, f"{address} {question!r}"
            tried += len(question)
    assert tried > 500
    assert Card.objects.count() == 2


def test_what_the_socket_is_asked_for_is_a_value():
    from mtgintel.core.live.topics import UnknownTopicError, parse_topic

    for payload in PAYLOADS:
        for kind in ("card", "market", "dashboard", "inventory:user"):
            try:
                topic = parse_topic(f"channel:{kind}:{payload}")
            except UnknownTopicError:
                continue
            assert topic.kind.snapshot(topic.key) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cards")
        assert cursor.fetchone() == (2,)


def _filled(path: str, world: World) -> str:
    values = {"card_id": str(world.card.pk), "id": str(world.card.pk), "code": "mh2"}
    return re.sub(r"\{([^}]+)\}", lambda found: values.get(found[1], "1"), path)


def _count(response: Any) -> int | None:
    """How many rows a page of a list speaks of."""
    if response.status_code != 200 or "json" not in response["Content-Type"]:
        return None
    body = response.json()
    return body.get("count") if isinstance(body, dict) else None


def _tells_nothing(response: Any, where: str) -> None:
    said = b"".join(response).decode(errors="replace")
    for hint in ("psycopg", "syntax error", "SQLSTATE", "Traceback", "SELECT DISTINCT"):
        assert hint not in said, where
