"""Doubted prices and overrides in the admin."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from apps.prices.models import LatestPrice, PriceOverride, QuarantinedPrice
from apps.prices.services import add_override, record_prices

from .factories import make_card
from .test_gate import DAY, NOON, Streams, prices, stored

pytestmark = pytest.mark.django_db

LIST = reverse("admin:prices_quarantinedprice_changelist")
ADD = reverse("admin:prices_priceoverride_add")


@pytest.fixture
def streams() -> Streams:
    return Streams(make_card())


@pytest.fixture
def held(streams) -> QuarantinedPrice:
    course = streams.course("tcgplayer", {0: 10, 1: 10})
    others = streams.course("cardkingdom", {0: 9, 1: 9})
    record_prices([*course, *others], source="test")
    record_prices(streams.price("tcgplayer", 2, 200), source="test")
    return QuarantinedPrice.objects.get()


def signed_in(client, *permissions: str) -> User:
    user = User.objects.create_user("kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return user


def decide_url(row: QuarantinedPrice) -> str:
    return reverse("admin:prices_quarantinedprice_decide", args=[row.pk])


class TestQuarantine:
    def test_the_list_shows_the_evidence_and_filters(self, admin_client, held):
        page = admin_client.get(LIST, {"status": "HELD"}).content.decode()

        assert "Ragavan, Nimble Pilferer" in page
        assert "200.00 USD" in page
        assert "10.00 on 2026-03-11; cardkingdom 9.00" in page
        assert f'formaction="{decide_url(held)}"' in page
        for name in ("status", "reason", "run__source", "marketplace"):
            assert re.search(rf"\?(\S+&amp;)?{name}(__id)?(__exact)?=", page), name
        gone = admin_client.get(LIST, {"status": "CONFIRMED"}).content.decode()
        assert "200.00 USD" not in gone

    def test_its_page_shows_all_of_it(self, admin_client, held):
        url = reverse("admin:prices_quarantinedprice_change", args=[held.pk])
        page = admin_client.get(url).content.decode()

        assert "median of the others" in page
        assert "disagrees with the other sources" in page
        assert 'value="release"' in page
        assert 'value="confirm"' in page

    def test_one_click_releases(self, admin_client, admin_user, held):
        answer = admin_client.post(
            decide_url(held), {"decision": "release", "why": "real"}
        )

        assert answer.status_code == 302
        held.refresh_from_db()
        assert (held.status, held.decided_by, held.decision) == (
            "RELEASED",
            admin_user,
            "real",
        )
        assert stored() == prices("10.00", "10.00", "200.00")

    @pytest.mark.parametrize(
        ("action", "status"),
        [("release_selected", "RELEASED"), ("confirm_selected", "CONFIRMED")],
    )
    def test_in_bulk(self, admin_client, held, action, status):
        record_prices(Streams(held.card).price("tcgplayer", 3, -1), source="test")
        chosen = list(QuarantinedPrice.objects.values_list("pk", flat=True))

        answer = admin_client.post(
            LIST, {"action": action, "_selected_action": chosen}, follow=True
        )

        held.refresh_from_db()
        assert held.status == status
        text = answer.content.decode()
        assert "1 stay as they were: decided before, or never a price." in text

    def test_who_may_only_look_decides_nothing(self, client, held):
        signed_in(client, "view_quarantinedprice")

        assert client.get(LIST).status_code == 200
        answer = client.post(decide_url(held), {"decision": "release"})

        assert answer.status_code == 403
        held.refresh_from_db()
        assert (held.status, len(stored())) == ("HELD", 2)

    def test_a_link_decides_nothing(self, admin_client, held):
        assert admin_client.get(decide_url(held)).status_code == 405
        held.refresh_from_db()
        assert held.status == "HELD"

    def test_queries_do_not_grow_with_the_list(
        self, admin_client, streams, held, django_assert_num_queries
    ):
        # The visitor's preferences are asked for once.
        admin_client.get(LIST)
        with django_assert_num_queries(7):
            admin_client.get(LIST)
        record_prices(
            [streams.price("tcgplayer", 2 + n / 24, 300 + n) for n in range(1, 9)],
            source="test",
        )
        assert QuarantinedPrice.objects.count() == 9
        with django_assert_num_queries(7):
            admin_client.get(LIST)


def form(streams: Streams, **changes: object) -> dict[str, object]:
    return {
        "card": streams.card.pk,
        "marketplace": streams.of["tcgplayer"].pk,
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "price": "15",
        "valid_from_0": "2026-03-11",
        "valid_from_1": "12:00:00",
        "valid_to_0": "",
        "valid_to_1": "",
        "reason": "a misprint",
    } | changes


class TestOverrides:
    def test_one_is_added(self, admin_client, admin_user, streams):
        answer = admin_client.post(ADD, form(streams))

        assert answer.status_code == 302
        standing = PriceOverride.objects.get()
        assert (standing.author, standing.currency) == (admin_user, "USD")
        assert LatestPrice.objects.get().price == Decimal("15.00")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"finish": "ETCHED"}, "This printing exists in NONFOIL, FOIL."),
            ({"card": "999999"}, "valid choice"),
            ({"reason": ""}, "This field is required."),
            ({"price": "-1"}, "A price is more than nothing."),
        ],
    )
    def test_what_cannot_be_is_said_in_the_form(
        self, admin_client, streams, change, message
    ):
        answer = admin_client.post(ADD, form(streams, **change))

        assert answer.status_code == 200
        assert message in answer.content.decode()
        assert not PriceOverride.objects.exists()
        assert not LatestPrice.objects.exists()

    def test_it_is_revoked_with_a_reason_and_stays_on_record(
        self, admin_client, admin_user, streams
    ):
        standing = _standing(streams, admin_user)
        page = reverse("admin:prices_priceoverride_change", args=[standing.pk])
        url = reverse("admin:prices_priceoverride_revoke", args=[standing.pk])
        assert f'formaction="{url}"' in admin_client.get(page).content.decode()

        admin_client.post(url, {"why": " "})
        standing.refresh_from_db()
        assert standing.revoked_at is None
        admin_client.post(url, {"why": "it was right"})

        standing.refresh_from_db()
        assert (standing.revoked_by, standing.revoke_reason) == (
            admin_user,
            "it was right",
        )
        assert not LatestPrice.objects.exists()
        page = admin_client.get(page).content.decode()
        assert "it was right" in page
        assert "formaction" not in page

    def test_none_is_changed_or_deleted(self, admin_client, admin_user, streams):
        standing = _standing(streams, admin_user)
        for name in ("change", "delete"):
            url = reverse(f"admin:prices_priceoverride_{name}", args=[standing.pk])
            assert admin_client.post(url, form(streams, price="99")).status_code == 403
        standing.refresh_from_db()
        assert standing.price == Decimal("15.00")

    def test_permissions_are_respected(self, client, admin_user, streams):
        standing = _standing(streams, admin_user)
        signed_in(client, "view_priceoverride")

        assert client.post(ADD, form(streams)).status_code == 403
        url = reverse("admin:prices_priceoverride_revoke", args=[standing.pk])
        assert client.post(url, {"why": "x"}).status_code == 403
        assert PriceOverride.objects.standing().count() == 1

    def test_the_card_page_says_it_without_the_author(self, client, streams):
        author = User.objects.create_user("wilhelmina")
        _standing(streams, author)

        page = client.get(streams.card.get_absolute_url()).content.decode()

        assert "SET BY HAND" in page
        assert "a misprint (2026-03-11)" in page
        assert author.username not in page


def _standing(streams: Streams, author: User) -> PriceOverride:
    return add_override(
        override=PriceOverride(
            card=streams.card,
            marketplace=streams.of["tcgplayer"],
            price=Decimal(15),
            valid_from=NOON + DAY,
            reason="a misprint",
            author=author,
        )
    )
