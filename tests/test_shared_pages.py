"""Pages made once for all who are not signed in, and what of them is never shared."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, path

from apps.prices.tests.factories import make_card
from mtgintel.core import cache
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.theme import COOKIE
from tests.html import Page
from tests.test_states import nothing_listening

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def token_of(response: HttpResponse) -> str:
    return TOKEN.search(response.content.decode())[1]


def nonces_of(response: HttpResponse) -> set[str]:
    return {each.attributes["nonce"] for each in Page(response).all("script")}


def without_what_is_own(response: HttpResponse) -> str:
    text = TOKEN.sub("", response.content.decode())
    for nonce in nonces_of(response):
        text = text.replace(nonce, "")
    return text


def test_the_second_visitor_gets_the_page_of_the_first():
    make_card("Ragavan, Nimble Pilferer")
    first = Client().get("/cards/")

    with CaptureQueriesContext(connection) as asked:
        second = Client().get("/cards/")

    assert not asked.captured_queries
    assert "Ragavan" in second.content.decode()
    assert without_what_is_own(first) == without_what_is_own(second)
    assert dict(first.headers).keys() == dict(second.headers).keys()


def test_scripts_run_by_the_nonce_of_their_own_answer():
    answers = [Client().get("/cards/") for _ in range(3)]

    found = [nonces_of(answer) for answer in answers]
    assert all(len(nonces) == 1 for nonces in found)
    assert len(set.union(*found)) == 3
    for answer, (nonce,) in zip(answers, found, strict=True):
        assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]


def test_the_token_is_good_for_the_visitor_and_for_no_other():
    one, other = (Client(enforce_csrf_checks=True) for _ in range(2))
    tokens = [token_of(client.get("/cards/")) for client in (one, other)]

    def choose(client: Client, token: str) -> int:
        fields = {"theme": "dark", "csrfmiddlewaretoken": token, "next": "/"}
        return client.post("/theme", fields).status_code

    assert choose(one, tokens[1]) == 403
    assert choose(one, tokens[0]) == choose(other, tokens[1]) == 302


def test_who_is_signed_in_neither_gets_nor_leaves_a_shared_page():
    anonymous, owner = Client(), Client()
    owner.force_login(User.objects.create_user("ann", email="ann@example.com"))

    before = anonymous.get("/cards/")
    own = owner.get("/cards/")
    after = Client().get("/cards/")

    assert "data-bell" in own.content.decode()
    assert "data-bell" not in before.content.decode()
    assert without_what_is_own(before) == without_what_is_own(after)


def test_another_address_or_other_colours_are_another_page():
    make_card("Ragavan, Nimble Pilferer")
    make_card("Solitude")
    dark = Client()
    dark.cookies[COOKIE] = "dark"

    everything = Client().get("/cards/").content.decode()
    found = Client().get("/cards/?q=solitude").content.decode()
    coloured = dark.get("/cards/").content.decode()

    assert "Ragavan" in everything
    assert "Ragavan" not in found
    assert 'data-theme="dark"' in coloured
    assert 'data-theme="dark"' not in everything


def test_new_data_makes_a_page_old():
    assert "Solitude" not in Client().get("/cards/").content.decode()
    make_card("Solitude")

    cache.bump()

    assert "Solitude" in Client().get("/cards/").content.decode()


def test_what_is_not_there_may_come():
    card = make_card()
    address = f"/cards/{card.pk + 1}/"
    assert Client().get(address).status_code == 404
    make_card("Solitude", pk=card.pk + 1)

    assert Client().get(address).status_code == 200


def test_without_redis_every_visitor_has_a_page_made():
    with nothing_listening():
        answers = [Client().get("/cards/") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(set.union(*map(nonces_of, answers))) == 2
    assert all(map(token_of, answers))


def with_cookie(request: HttpRequest) -> HttpResponse:
    response = render(request, "base.html")
    response.set_cookie("seen", "yes")
    return response


def elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/cards/")


def refused(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html", status=400)


def with_message(request: HttpRequest) -> HttpResponse:
    """Says what was to be said to this visitor."""
    assert list(get_messages(request)) == []
    return render(request, "base.html")


@pytest.mark.parametrize("view", [with_cookie, elsewhere, refused, with_message])
def test_what_is_more_or_less_than_a_page_is_not_shared(
    view: Callable[[HttpRequest], HttpResponse], settings
):
    asked = []

    def counted(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return view(request)

    own = path("own/", shared_page(counted))
    settings.ROOT_URLCONF = (own, *get_resolver().url_patterns)
    answers = [Client().get("/own/") for _ in range(2)]

    assert len(asked) == 2
    for answer in answers:
        assert answer.status_code == view(asked[0]).status_code
        if answer.content:
            assert (
                f"'nonce-{nonces_of(answer).pop()}'"
                in (answer["Content-Security-Policy"])
            )
