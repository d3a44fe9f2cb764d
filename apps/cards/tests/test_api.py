"""GET /api/cards/autocomplete."""

import pytest

from .test_search import make_card

pytestmark = pytest.mark.django_db


def get(client, **query):
    response = client.get("/api/cards/autocomplete", query)
    return response.status_code, response.json()


def test_names_for_what_has_been_typed(client):
    for name in ("Bolt Bend", "Lightning Bolt", "Bolt", "Bolt"):
        make_card(name)
    assert get(client, q="bolt") == (
        200,
        {"names": ["Bolt", "Bolt Bend", "Lightning Bolt"]},
    )
    assert get(client, q="bolt", limit=1) == (200, {"names": ["Bolt"]})
    assert get(client, q="") == get(client) == (200, {"names": []})


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": 21}, "limit: Ensure this value is less than or equal to 20."),
        ({"limit": 0}, "limit: Ensure this value is greater than or equal to 1."),
        ({"limit": "x"}, "limit: A valid integer is required."),
        ({"q": "\0"}, "q: Null characters are not allowed."),
        ({"q": "x" * 101}, "q: Ensure this field has no more than 100 characters."),
        ({"query": "x"}, "query: Unknown parameter; allowed: q, limit."),
    ],
)
def test_refusals(client, query, message):
    status, error = get(client, **query)
    assert (status, error["code"], error["message"]) == (400, "invalid", message)


def test_asks_the_database_once(client, django_assert_num_queries):
    make_card("Bolt")
    with django_assert_num_queries(1):
        get(client, q="bolt")
