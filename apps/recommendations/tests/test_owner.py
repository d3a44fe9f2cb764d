"""Advice for what somebody owns: what it means to them, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.models import Lot
from apps.prices.tests.factories import make_card, make_price
from apps.recommendations.maths.owner import (
    Holding,
    Offer,
    best_exit,
    is_for_owner,
    own_reason_in_words,
    own_reasons,
    shares,
)
from apps.recommendations.models import LedgerLine, Recommendation
from apps.recommendations.selectors import chains, exported_lines, verify
from apps.recommendations.selectors.holdings import holdings_of
from apps.recommendations.services import (
    recommend_for_owner,
    recommend_for_owners,
)
from apps.settings.selectors import DEFAULTS

from .calls import DAY, make_call

# The marketplace takes a tenth.
MARKET = Offer("TCGplayer", is_buylist=False, price=Decimal(20), left=Decimal(18))
PAID = Decimal("18.50")
SHOP = Offer("Card Kingdom", is_buylist=True, price=PAID, left=PAID)


def holding(copies: int = 4, price: str = "20.00", **changes) -> Holding:
    fields = {
        "card_id": 1,
        "finish": "NONFOIL",
        "currency": "USD",
        "unit_cost": Decimal("12.00"),
        "offers": (MARKET, SHOP),
    }
    return Holding(copies=copies, price=Decimal(price), **fields | changes)


def test_the_best_exit_is_what_leaves_most_after_fees():
    assert best_exit(holding()) == SHOP
    assert best_exit(holding(offers=(MARKET,))) == MARKET
    assert best_exit(holding(offers=())) is None


def test_shares_of_what_is_owned():
    assert shares([holding(1, "30"), holding(5, "14")]) == [
        Decimal("0.3"),
        Decimal("0.7"),
    ]
    assert shares([]) == []


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 10**6)), min_size=1))
def test_shares_are_a_whole(owned):
    found = shares([holding(n, str(price)) for n, price in owned])

    assert sum(found) == pytest.approx(1)
    assert all(0 < share <= 1 for share in found)


def test_reasons_by_hand():
    said = [own_reason_in_words(r) for r in own_reasons(holding(), Decimal("0.3"))]

    assert said[0] == (
        "Card Kingdom pays 18.50 USD, which leaves 18.50 a copy after fees: the best "
        "exit today."
    )
    assert said[1:] == [
        "Your 4 cost 12.00 each: a gain of 6.50 a copy.",
        "30 % of what you own is in this card.",
    ]


def test_an_unknown_cost_is_not_zero():
    found = own_reasons(holding(unit_cost=None), Decimal("0.1"))

    assert [reason["code"] for reason in found] == ["EXIT"]


def test_more_of_a_concentration_is_not_bought():
    assert is_for_owner("BUY", Decimal("0.24"))
    assert not is_for_owner("BUY", Decimal("0.25"))
    assert is_for_owner("SELL", Decimal(1))


@pytest.fixture
def card():
    one = make_card("Ada", set_code="lea")
    make_price(one, "20.00")
    make_price(one, "18.50", "cardkingdom-buylist")
    return one


@pytest.fixture
def owner(card) -> User:
    """Holds three copies of what were four, for 12 each, and a played one."""
    user = User.objects.create_user("owner")
    lot = {"owner": user, "card": card}
    cost = {"unit_cost": Decimal("12.00"), "cost_currency": "USD"}
    Lot.objects.create(**lot, quantity=4, disposed=1, **cost)
    Lot.objects.create(**lot, quantity=9, condition="HEAVILY_PLAYED")
    return user


def own(user: User) -> list[Recommendation]:
    return list(Recommendation.objects.of_owner(user.pk).order_by("id"))


@pytest.mark.storage
@pytest.mark.django_db
class TestStored:
    def test_holdings_are_the_copies_that_are_priced(self, owner, card):
        (found,) = holdings_of(owner.pk, DEFAULTS)

        assert (found.copies, found.price, found.unit_cost) == (3, 20, 12)
        assert [one.is_buylist for one in found.offers] == [False, True]
        # 20 less 12.75 % and a tenth of 4.30; the buylist's less a tenth of 4.
        assert [one.left for one in found.offers] == [Decimal("17.02"), Decimal("18.1")]

    def test_a_cost_that_is_not_known_of_all_is_not_known(self, owner, card):
        Lot.objects.create(owner=owner, card=card, quantity=1)

        assert holdings_of(owner.pk, DEFAULTS)[0].unit_cost is None

    def test_a_stale_offer_is_no_exit(self, owner, card):
        old = timezone.now() - timedelta(days=30)
        other = make_card("Old", collector_number="2")
        make_price(other, "5.00", "cardkingdom", as_of=old)
        Lot.objects.create(owner=owner, card=other, quantity=1)

        assert {one.card_id for one in holdings_of(owner.pk, DEFAULTS)} == {card.pk}

    def test_the_market_s_advice_with_what_it_means(self, owner, card):
        market = make_call(card)
        recommend_for_owners(at=DAY)

        (found,) = own(owner)
        assert (found.tier, found.user, found.kind) == ("OWNER", owner, "SELL")
        assert (found.price, found.due_on) == (market.price, market.due_on)
        codes = [reason["code"] for reason in found.reasons]
        assert codes[-3:] == ["EXIT", "COST", "CONCENTRATION"]

    def test_the_same_day_again_changes_nothing(self, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)
        recommend_for_owner(user_id=owner.pk, at=DAY)

        assert len(own(owner)) == 1

    def test_another_kind_supersedes(self, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)
        Recommendation.objects.of_market().update(is_active=False)
        make_call(card, "HOLD", issued_on=DAY + timedelta(days=3))

        recommend_for_owner(user_id=owner.pk, at=DAY + timedelta(days=3))

        old, new = own(owner)
        assert (old.is_active, old.closing.cause) == (False, "SUPERSEDED")
        assert (new.kind, old.closing.replaced_by) == ("HOLD", new)

    def test_it_ends_with_its_horizon(self, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)
        recommend_for_owner(user_id=owner.pk, at=DAY + timedelta(days=30))

        (found,) = own(owner)
        assert (found.is_active, found.closing.cause) == (False, "ENDED")

    def test_it_is_in_a_chain_of_its_own(self, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)

        chain = f"owner:{owner.pk}"
        assert chains() == ["market", chain]
        assert verify(chain).is_good
        assert verify().is_good
        assert [line["content"]["tier"] for line in exported_lines()] == ["MARKET"]

    def test_it_goes_with_its_owner(self, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)
        Lot.objects.all().delete()

        owner.delete()

        assert Recommendation.objects.count() == LedgerLine.objects.count() == 1


@pytest.mark.django_db
class TestServed:
    def test_only_to_its_owner(self, client, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)
        address = "/api/recommendations/mine"
        assert client.get(address).status_code in (401, 403)
        client.force_login(User.objects.create_user("other"))
        assert client.get(address).json() == {"results": []}

        client.force_login(owner)
        (found,) = client.get(address).json()["results"]

        assert found["kind"] == "SELL"
        assert "the best exit today" in found["reason"]
        assert "For what you own" in client.get("/recommendations/").content.decode()

    def test_not_on_the_page_of_others(self, client, owner, card):
        make_call(card)
        recommend_for_owner(user_id=owner.pk, at=DAY)

        text = client.get("/recommendations/").content.decode()

        assert "For what you own" not in text
        assert "best exit" not in text
