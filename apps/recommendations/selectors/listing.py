"""Recommendations by any question, and those of a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Max, When

from apps.recommendations.models import Kind, Outcome, Recommendation
from apps.recommendations.querysets import RecommendationQuerySet
from mtgintel.core import cache
from mtgintel.core.constants import Currency

STANDING, SCORED, ALL = "standing", "scored", "all"
STATES = (STANDING, SCORED, "closed", ALL)
ORDERINGS = {
    # Trades before holds, which expect nothing.
    "-issued_on": ("-issued_on", "-expected_net_percent", "-confidence"),
    "-confidence": ("-confidence", "-issued_on"),
    "-expected": ("-expected_net_percent", "-confidence"),
    "-price": ("-price",),
    "due_on": ("due_on", "-confidence"),
    "name": ("card__name",),
}
PROVEN = {"proven": False, "experimental": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationsQuery:
    """Which are asked for; what is empty or None leaves that question open.

    `state` is one of STATES; with a day `on` it is what stood at the end of that day,
    whatever its state is now. `proof` is one of PROVEN, `result` an outcome.
    """

    currency: str = "USD"
    kind: str = ""
    horizon: int | None = None
    state: str = STANDING
    on: date | None = None
    proof: str = ""
    result: str = ""
    min_confidence: float = 0.0
    min_price: Decimal | None = None
    set: str = ""
    finish: str = ""
    card: int | None = None
    rule: str = ""
    ordering: str = "-issued_on"


def find_recommendations(wanted: RecommendationsQuery) -> RecommendationQuerySet:
    """Those for everybody, with all that is shown of them, in the order asked for."""
    found = Recommendation.objects.of_market().filter(currency=wanted.currency)
    if wanted.on:
        found = found.that_stood_on(wanted.on)
    elif not wanted.result:
        found = _of_state(found, wanted.state)
    name, _, version = wanted.rule.rpartition("-")
    given = {
        "kind": wanted.kind,
        "horizon_days": wanted.horizon,
        "is_experimental": PROVEN.get(wanted.proof),
        "outcome__result": wanted.result,
        "confidence__gte": wanted.min_confidence or None,
        "price__gte": wanted.min_price,
        "card__card_set__code": wanted.set,
        "finish": wanted.finish,
        "card_id": wanted.card,
        "rule__name": name,
        "rule__version": version,
    }
    found = found.filter(**{k: v for k, v in given.items() if v not in ("", None)})
    return found.in_full().order_by(*ORDERINGS[wanted.ordering], "-id")


def _of_state(found: RecommendationQuerySet, state: str) -> RecommendationQuerySet:
    if state == STANDING:
        return found.standing()
    if state == SCORED:
        return found.exclude(outcome=None)
    return found if state == ALL else found.filter(is_active=False)


def get_recommendation(pk: int) -> Recommendation:
    """One for everybody. Raises Recommendation.DoesNotExist."""
    return Recommendation.objects.of_market().in_full().get(pk=pk)


def recommendations_of_card(card_id: int, currency: str) -> list[Recommendation]:
    """What stands for a card, the shortest horizon first."""
    calls = Recommendation.objects.of_market().standing().in_full()
    found = calls.filter(card_id=card_id, currency=currency)
    return list(found.order_by("finish", "horizon_days"))


def standing_advice(card_id: int) -> list[Recommendation]:
    """What stands for a card in every currency: dollars, euros, tickets, of each the
    nonfoil first; trades before holds, the surest first."""
    return list(_standing_advice(card_id))


def first_advice(card_id: int) -> Recommendation | None:
    """The first of these, None where nothing stands."""
    return _standing_advice(card_id).first()


def _standing_advice(card_id: int) -> RecommendationQuerySet:
    currency = Case(
        *(When(currency=one, then=place) for place, one in enumerate(Currency.values))
    )
    is_hold = Case(When(kind=Kind.HOLD, then=True), default=False)
    calls = Recommendation.objects.of_market().standing().in_full()
    return calls.filter(card_id=card_id).order_by(
        currency, "finish", is_hold, "-confidence", "horizon_days", "id"
    )


def own_recommendations(
    user: AbstractBaseUser | AnonymousUser,
) -> list[Recommendation]:
    """What stands for what a visitor owns, the newest first; nothing for one who is
    not signed in."""
    if user.pk is None:
        return []
    calls = Recommendation.objects.of_owner(user.pk).standing().in_full()
    return list(calls.order_by("-issued_on", "-expected_net_percent", "-id"))


def past_calls(call: Recommendation, limit: int = 20) -> list[Recommendation]:
    """Other advice on the same variant in the same currency, the newest first."""
    calls = Recommendation.objects.of_market().in_full().exclude(pk=call.pk)
    found = calls.filter(
        card_id=call.card_id, finish=call.finish, currency=call.currency
    )
    return list(found.order_by("-issued_on", "horizon_days")[:limit])


@dataclass(frozen=True, slots=True)
class CardRecord:
    """How advice to trade a variant did: how many were scored, and how many hit."""

    scored: int
    hits: int


def record_of_card(card_id: int, currency: str) -> CardRecord:
    results = Outcome.objects.filter(
        recommendation__card_id=card_id,
        recommendation__currency=currency,
        recommendation__tier="MARKET",
    ).exclude(recommendation__kind="HOLD")
    known = results.exclude(result=Outcome.Result.NO_DATA)
    return CardRecord(known.count(), known.filter(result=Outcome.Result.HIT).count())


def newest_call_id(currency: str) -> int:
    """Of the last call in a currency, 0 without any: another means other advice."""
    calls = Recommendation.objects.of_market().filter(currency=currency)
    return cache.get_or_compute(
        f"recommendations.newest_id:{currency}",
        lambda: calls.aggregate(newest=Max("pk"))["newest"] or 0,
    )


def newest_advice(currency: str) -> date | None:
    """The last day that new advice was given on."""
    return cache.get_or_compute(
        f"recommendations.newest:{currency}",
        lambda: (
            Recommendation.objects.of_market()
            .filter(currency=currency)
            .aggregate(newest=Max("issued_on"))["newest"]
        ),
    )
