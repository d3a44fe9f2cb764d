"""Advice for owners: what the market's comes to for what each of them holds."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from apps.recommendations.maths.owner import (
    Holding,
    is_for_owner,
    own_reasons,
    shares,
)
from apps.recommendations.models import Recommendation, Tier
from apps.recommendations.selectors.holdings import holdings_of, owners
from apps.settings.selectors import preferences_of

from .draft import Advised, Draft

# What identifies a subject within one owner's advice.
_Subject = tuple[int, str, str, int]
# Of the market's call; the rest is the owner's.
_COPIED = (
    *("card_id", "scryfall_id", "finish", "currency", "marketplace_id", "kind"),
    *("horizon_days", "is_experimental", "price", "target", "expected_net_percent"),
    *("confidence", "capacity"),
)


def recommend_for_owners(*, at: date) -> Advised:
    """For everybody who holds something: see recommend_for_owner."""
    each = [recommend_for_owner(user_id=user_id, at=at) for user_id in owners()]
    return Advised(sum(one.issued for one in each), sum(one.closed for one in each))


@transaction.atomic
def recommend_for_owner(*, user_id: int, at: date) -> Advised:
    """Pass the advice that the market is given on the day `at` on to an owner, with
    what it means to them.

    Only advice of that very day, so its price is today's. As with the market's, one
    stands per subject and horizon; another kind supersedes it, and a day has one word.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('recommend'), %s)", [user_id]
        )
    calls = list(Recommendation.objects.of_owner(user_id).standing())
    standing = {_subject(call): call for call in calls}
    issued = _issued(user_id, at)
    if not issued and not any(call.due_on <= at for call in calls):
        return Advised(0, 0)
    draft = Draft((issued or calls)[0].rule, user_id)
    for call in calls:
        if call.due_on <= at:
            draft.close(call, at, None)
            del standing[_subject(call)]
    for call in issued:
        old = standing.get(_subject(call))
        if old and (old.kind == call.kind or old.issued_on >= at):
            continue
        draft.issue(call)
        if old:
            draft.close(old, at, call)
    return draft.save()


def _subject(call: Recommendation) -> _Subject:
    return (call.card_id, call.finish, call.currency, call.horizon_days)


def _issued(user_id: int, at: date) -> list[Recommendation]:
    """What the day's advice comes to, unsaved."""
    preferences = preferences_of(get_user_model().objects.get(pk=user_id))
    found = []
    by_currency: dict[str, list[Holding]] = {}
    for one in holdings_of(user_id, preferences):
        by_currency.setdefault(one.currency, []).append(one)
    for currency, holdings in by_currency.items():
        market = _of_the_day(holdings, currency, at)
        for holding, share in zip(holdings, shares(holdings), strict=True):
            for call in market.get((holding.card_id, holding.finish), ()):
                if is_for_owner(call.kind, share):
                    reasons = own_reasons(holding, share)
                    found.append(_copy(call, user_id, at, call.reasons + reasons))
    return found


def _of_the_day(
    holdings: list[Holding], currency: str, at: date
) -> dict[tuple[int, str], list[Recommendation]]:
    calls = Recommendation.objects.of_market().filter(
        currency=currency,
        issued_on=at,
        card_id__in={one.card_id for one in holdings},
    )
    found: dict[tuple[int, str], list[Recommendation]] = {}
    for call in calls.select_related("rule"):
        found.setdefault((call.card_id, call.finish), []).append(call)
    return found


def _copy(
    call: Recommendation, user_id: int, at: date, reasons: list[dict[str, object]]
) -> Recommendation:
    return Recommendation(
        tier=Tier.OWNER,
        user_id=user_id,
        rule=call.rule,
        issued_on=at,
        due_on=at + timedelta(days=call.horizon_days),
        issued_at=timezone.now(),
        is_replay=call.is_replay,
        reasons=reasons,
        **{name: getattr(call, name) for name in _COPIED},
    )
