"""What holds for every route of the API."""

from __future__ import annotations

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.cards.models import Card
from apps.market.services import update_moves
from apps.prices.tests.factories import make_card, make_price
from apps.recommendations.tests.calls import make_call
from mtgintel.core import cache, heartbeat
from mtgintel.urls import api

pytestmark = pytest.mark.django_db

CARD_ID = 7
CALL_ID = 9
READS = [
    "/api/cards",
    "/api/cards?q=rag&min_price=1&ordering=-price",
    "/api/cards/autocomplete?q=rag",
    f"/api/cards/{CARD_ID}",
    f"/api/cards/{CARD_ID}/prices",
    f"/api/cards/{CARD_ID}/history",
    f"/api/cards/{CARD_ID}/history?rows=true",
    "/api/market/index",
    "/api/market/indices",
    "/api/market/index/constituents",
    "/api/market/overview",
    "/api/market/movers",
    "/api/market/spreads",
    "/api/market/spreads?kind=region-gap&min_net=1&sell_percent=5",
    "/api/market/spreads/history",
    "/api/market/sets",
    "/api/market/sets?q=horizons&min_coverage=50&ordering=-change_7d",
    "/api/market/sets/mh2",
    "/api/market/sets/mh2/cards",
    "/api/market/sealed",
    f"/api/market/compare?cards={CARD_ID}&indices=all&sets=mh2",
    "/api/market/freshness",
    "/api/data/bulk",
    "/api/data/streams",
    "/api/signals",
    "/api/signals/kinds",
    f"/api/cards/{CARD_ID}/signals",
    "/api/recommendations",
    "/api/recommendations?state=all&kind=sell&horizon=30&min_confidence=0.5",
    f"/api/recommendations/{CALL_ID}",
    "/api/recommendations/track-record",
    f"/api/cards/{CARD_ID}/similar",
    f"/api/cards/{CARD_ID}/similar?currency=usd&limit=3",
]
OTHERS = [
    "/api/health/live",
    "/api/health/ready",
    "/api/status",
    "/api/schema",
    "/api/docs",
    "/api/recommendations/ledger",
]
# What is somebody's own.
PRIVATE = [
    "/api/settings",
    "/api/inventory",
    "/api/inventory/value",
    "/api/inventory/history",
    "/api/inventory/allocation",
    "/api/inventory/activity",
    "/api/inventory/import",
    "/api/inventory/import/1",
    "/api/inventory/import/1/undo",
    "/api/inventory/export",
    "/api/inventory/lots",
    "/api/inventory/lots/bulk",
    "/api/inventory/lots/1",
    "/api/inventory/lots/1/disposals",
    "/api/inventory/disposals",
    "/api/inventory/disposals/1",
    "/api/inventory/changes/1/undo",
    "/api/inventory/want-list",
    "/api/inventory/want-list/1",
    "/api/alerts",
    "/api/alerts/log",
    "/api/alerts/1",
    "/api/alerts/1/pause",
    "/api/recommendations/mine",
]
PARAMETERS = {
    "<int:pk>": str(CALL_ID),
    "<str:code>": "mh2",
    "<int:batch_id>": "1",
    "<int:lot_id>": "1",
    "<int:disposal_id>": "1",
    "<int:change_id>": "1",
    "<int:want_id>": "1",
    "<int:alert_id>": "1",
    "<alert_api_action:action>": "pause",
    "<import_action:action>": "undo",
}
ROUTES = sorted({address.partition("?")[0] for address in READS})


@pytest.fixture
def card() -> Card:
    found = make_card(id=CARD_ID)
    make_price(found, "20", price_1d="10")
    make_call(found, id=CALL_ID)
    update_moves()
    return found


@pytest.fixture
def client() -> Client:
    # An error that nobody foresaw is a response here, as it is to a visitor.
    return Client(raise_request_exception=False)


def with_slash(address: str) -> str:
    path, mark, query = address.partition("?")
    return f"{path}/{mark}{query}"


def test_these_are_all_the_routes():
    def names(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from names(pattern.url_patterns)
            elif isinstance(pattern, URLPattern) and pattern.name:
                route = str(pattern.pattern).replace("<str:card_id>", str(CARD_ID))
                for parameter, value in PARAMETERS.items():
                    route = route.replace(parameter, value)
                yield route.removesuffix("/")

    assert {f"/api/{name}" for name in names(api)} == {*ROUTES, *OTHERS, *PRIVATE}


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_somebodys_own_is_asked_for_by_somebody(client, address):
    for path in (address, with_slash(address)):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Token"
        assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("address", READS + OTHERS)
def test_answers_with_and_without_a_slash_twice(client, card, address):
    heartbeat.beat()
    for _ in range(2):
        for spelling in (address, with_slash(address)):
            response = client.get(spelling)
            assert response.status_code == 200, response.content


@pytest.mark.parametrize("address", READS)
def test_is_cached_and_told_apart_by_the_state_of_the_data(
    client, card, address, within_one_span, django_assert_num_queries
):
    first = client.get(address)
    with django_assert_num_queries(0):
        second = client.get(address)
        unchanged = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
        weak = client.get(address, HTTP_IF_NONE_MATCH=f'"x", W/{first["ETag"]}')
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["ETag"] == first["ETag"]
    assert weak.status_code == 304
    cache.bump()
    changed = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize("address", READS)
def test_says_how_long_it_may_be_kept_and_how_new_it_is(client, card, address):
    response = client.get(address)
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == (
        "public, max-age=10, stale-while-revalidate=30, stale-if-error=600"
    )
    assert response["Vary"] == "Accept"
    # Names have no age, and this archive no files.
    if address not in {"/api/cards/autocomplete?q=rag", "/api/data/bulk"}:
        as_of = datetime.fromisoformat(response["X-Data-As-Of"])
        assert as_of == card_price_as_of()


def card_price_as_of() -> datetime:
    from apps.prices.models import LatestPrice

    return LatestPrice.objects.get().as_of


@pytest.mark.parametrize("address", READS)
def test_can_be_browsed(client, card, address):
    for _ in range(2):
        page = client.get(address, HTTP_ACCEPT="text/html")
        assert page.status_code == 200
        assert page["Content-Type"].startswith("text/html")
        assert "ETag" not in page


@pytest.mark.parametrize("address", ROUTES)
def test_an_unknown_parameter_is_refused_and_told_the_known_ones(client, card, address):
    response = client.get(address, {"curency": "EUR"})
    error = response.json()
    assert response.status_code == 400
    assert set(error) == {"code", "message", "extra"}
    assert error["code"] == "invalid"
    assert error["message"].startswith("curency: Unknown parameter; allowed: ")
    assert list(error["extra"]) == ["curency"]


def test_a_parameter_given_twice_is_refused(client):
    response = client.get("/api/market/overview?currency=USD&currency=EUR")
    assert response.status_code == 400
    assert response.json()["message"] == "currency: Given more than once."


@pytest.mark.parametrize("address", [*ROUTES, "/api/health/live"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, card, address, method):
    response = getattr(client, method)(address)
    assert response.status_code == 405
    assert response.json() == {
        "code": "method_not_allowed",
        "message": f'Method "{method.upper()}" not allowed.',
        "extra": {},
    }


@pytest.mark.parametrize(
    "address", ["/api", "/api/", "/api/nothing", "/api/nothing/", "/api/cards/1/2/3"]
)
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_an_unknown_route(client, address, method):
    response = getattr(client, method)(address)
    assert response.status_code == 404
    assert response.json() == {
        "code": "not_found",
        "message": f"There is no {address}; /api/docs lists what there is.",
        "extra": {},
    }


@pytest.mark.parametrize("part", ["", "/prices", "/history"])
@pytest.mark.parametrize(
    "card_id",
    [
        "8",
        "0",
        "-1",
        "99999999999999999999",
        "9" * 5000,
        "x",
        "%00",
        "²",
        "7'--",
        "00000000-0000-0000-0000-000000000000",
    ],
)
def test_an_unknown_card(client, card, card_id, part):
    response = client.get(f"/api/cards/{card_id}{part}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_an_unforeseen_error_tells_nothing(client, monkeypatch):
    def fail(*_args):
        raise RuntimeError("secret")

    monkeypatch.setattr("apps.market.selectors.overview", fail)
    response = client.get("/api/market/overview")
    assert response.status_code == 500
    assert response.json() == {
        "code": "server_error",
        "message": "Something went wrong here; it has been logged.",
        "extra": {"request_id": response["X-Request-ID"]},
    }


def test_schema_has_no_warnings():
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO())


def test_docs_need_no_other_server(client):
    page = client.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page
    assert "http://" not in page


NAMES = st.sampled_from(
    [
        *("q", "set", "rarity", "color", "format", "finish", "lang", "language"),
        *("currency", "min_price", "max_price", "ordering", "page", "page_size"),
        *("limit", "condition", "side", "period", "interval", "marketplace"),
        *("rows", "method", "window", "direction", "index"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(
        [
            "%",
            "_",
            "\\",
            "'",
            "\0",
            "9" * 5000,
            "mh2",
            "mh2 138",
            "a // b",
            "USD",
            "1e9",
            "all",
            "raw",
        ]
    ),
)


@given(
    route=st.sampled_from(ROUTES),
    query=st.dictionaries(NAMES, VALUES, max_size=4),
)
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_query_breaks_the_server(client, card, route, query):
    response = client.get(route, query)
    assert response.status_code in (200, 400, 404), response.content
    if response.status_code != 200:
        assert set(response.json()) == {"code", "message", "extra"}
