"""Issuing recommendations for the market, and closing those that no longer stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from apps.cards.models import Card
from apps.recommendations.costs import default_costs
from apps.recommendations.maths.book import NO_CALL, Book, Cells
from apps.recommendations.maths.look import variant_numbers
from apps.recommendations.maths.reasons import reasons_of
from apps.recommendations.maths.replay import (
    DayOfAdvice,
    advise_by_day,
    day_number,
    subjects_of,
)
from apps.recommendations.maths.rules import HORIZON_DAYS, Rule
from apps.recommendations.maths.scoring import BUY, HOLD, SELL, Costs
from apps.recommendations.maths.versions import CURRENT
from apps.recommendations.models import AdviceRule, Kind, Recommendation
from apps.signals.maths.detectors import KINDS
from apps.signals.maths.panel import Array, Observations
from apps.signals.selectors import load_observations
from mtgintel.core import cache, events
from mtgintel.core.constants import Currency, Finish
from mtgintel.core.money import from_thousandths

from .draft import Advised, Draft

TOPIC = "recommendations"

_KINDS = {BUY: Kind.BUY, HOLD: Kind.HOLD, SELL: Kind.SELL}
_CODES = {kind.value: code for code, kind in _KINDS.items()}
_FINISHES = list(Finish.values)
# Later than this after a day, advice for it is a replay.
_LIVE_WITHIN = timedelta(days=2)


class OutOfOrderError(ValueError):
    """Advice for a day before the last one that was advised on."""


class RuleChangedError(ValueError):
    """A rule whose parameters are not those its version was recorded with."""


def recommend(*, at: date, first: date | None = None, rule: Rule = CURRENT) -> Advised:
    """Advise on every variant for the day `at`, or for each day from `first` on.

    What stands stays until its end or until advice of another kind supersedes it; a
    day that was advised on before changes nothing. Only what was known by the end of
    each day decides. Raises OutOfOrderError for days before the newest advice, which
    would have to be written into the past of the ledger.
    """
    with transaction.atomic():
        advised = _recommend(at, first or at, rule)
        if advised.issued or advised.closed:
            transaction.on_commit(tell)
    return advised


def tell() -> None:
    """Those who are shown recommendations: they are others now."""
    cache.bump()
    events.publish({TOPIC})


def _recommend(at: date, first: date, rule: Rule) -> Advised:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('recommend'))")
    calls = Recommendation.objects.of_market()
    newest = calls.aggregate(newest=Max("issued_on"))["newest"]
    if newest and newest > first:
        raise OutOfOrderError(
            f"There is advice of {newest} already; advice for {first} would be written "
            "into the past. Choose a day from then on."
        )
    draft = Draft(rule_row(rule=rule))
    run = _Run(
        days=[first + timedelta(days=i) for i in range((at - first).days + 1)],
        rule=rule,
        scryfall_ids=dict(Card.objects.values_list("id", "scryfall_id")),
        now=timezone.now(),
    )
    for currency in Currency.values:
        costs = default_costs(currency)
        for observations in load_observations(first, at, [currency]):
            run.advise(draft, observations, costs)
    over = calls.standing().filter(due_on__lte=at).exclude(pk__in=draft.closed_ids)
    for call in over.defer("reasons"):
        # Of variants without prices since.
        draft.close(call, at, None)
    return draft.save()


def rule_row(*, rule: Rule) -> AdviceRule:
    """The record of a rule's version, made if need be. Raises RuleChangedError."""
    signals = {kind: KINDS[kind].version for kind in rule.kinds}
    parameters = _as_json({**rule.parameters, "signals": signals})
    proven = [
        [currency, _KINDS[kind].value, days]
        for currency, kind, days in sorted(rule.proven)
    ]
    row, _ = AdviceRule.objects.get_or_create(
        name=rule.name,
        version=rule.version,
        defaults={
            "title": rule.title,
            "about": rule.about,
            "parameters": parameters,
            "proven": proven,
        },
    )
    if row.parameters != parameters or row.proven != proven:
        raise RuleChangedError(
            f"The rule {rule.key} was recorded with other parameters; a change of them "
            "makes the next version."
        )
    return row


def _as_json(value: Any) -> Any:
    """As it comes back from a JSON column, whose keys are texts."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(one) for key, one in value.items()}
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class _Run:
    """Advising on some days: what holds for all cards."""

    days: list[date]
    rule: Rule
    scryfall_ids: dict[int, UUID]
    now: datetime

    def advise(self, draft: Draft, observations: Observations, costs: Costs) -> None:
        subjects = subjects_of(observations)
        calls = _standing(observations, subjects)
        book = Book(len(subjects), len(calls))
        _enter(book, subjects, calls)
        for one in advise_by_day(observations, self.days, self.rule, costs, book):
            for number in one.turn.ended.tolist():
                draft.close(calls[number], one.day, None)
            for call in self.calls_of(one, observations.currency, costs):
                calls.append(call)
                draft.issue(call)
            replaced = one.turn.replaced
            for i in np.flatnonzero(replaced != NO_CALL).tolist():
                draft.close(calls[replaced[i]], one.day, calls[one.turn.first + i])

    def calls_of(
        self, one: DayOfAdvice, currency: str, costs: Costs
    ) -> Iterator[Recommendation]:
        """The new advice of a day, unsaved."""
        panel, standing, advice = one.look.panel, one.look.standing, one.advice
        is_replay = self.now - datetime.combine(one.day, time(), UTC) > _LIVE_WITHIN
        targets = advice.target(standing.price)
        columns = one.turn.issued.column.tolist()
        for row, column in zip(one.rows.tolist(), columns, strict=True):
            card_id, copies = int(panel.card_ids[row]), float(standing.copies[row])
            horizon = HORIZON_DAYS[column]
            kind = int(advice.kind[row, column])
            yield Recommendation(
                card_id=card_id,
                scryfall_id=self.scryfall_ids[card_id],
                finish=_FINISHES[panel.finishes[row]],
                currency=currency,
                marketplace_id=int(panel.marketplace_ids[row]),
                kind=_KINDS[kind],
                horizon_days=horizon,
                issued_on=one.day,
                due_on=one.day + timedelta(days=horizon),
                issued_at=self.now,
                is_replay=is_replay,
                is_experimental=self.rule.is_experimental(currency, kind, horizon),
                price=from_thousandths(int(standing.price[row])),
                target=from_thousandths(int(targets[row, column])),
                expected_net_percent=percent(float(advice.net[row, column])),
                confidence=Decimal(f"{advice.confidence[row, column]:.3f}"),
                capacity=None if np.isnan(copies) else round(copies),
                reasons=reasons_of(self.rule, one.look, advice, (row, column), costs),
            )


def percent(ratio: float) -> Decimal:
    """0.1234 -> 12.34; zero has no sign, as the database keeps none."""
    return Decimal(f"{100 * ratio:.2f}") + 0


def _standing(observations: Observations, subjects: Array) -> list[Recommendation]:
    """The standing calls on these subjects."""
    found = (
        Recommendation.objects.of_market()
        .standing()
        .filter(
            currency=observations.currency,
            card_id__in=np.unique(observations.card_ids).tolist(),
        )
    )
    calls = list(found.defer("reasons"))
    if not calls:
        return calls
    known = np.isin(_variants(calls), subjects)
    return [call for call, is_known in zip(calls, known, strict=True) if is_known]


def _variants(calls: list[Recommendation]) -> Array:
    return variant_numbers(
        np.array([call.card_id for call in calls]),
        np.array([_FINISHES.index(call.finish) for call in calls]),
    )


def _enter(book: Book, subjects: Array, calls: list[Recommendation]) -> None:
    if not calls:
        return
    column = np.array([HORIZON_DAYS.index(call.horizon_days) for call in calls])
    book.enter(
        Cells(np.searchsorted(subjects, _variants(calls)), column),
        np.arange(len(calls)),
        np.array([_CODES[call.kind] for call in calls]),
        np.array([day_number(call.issued_on) for call in calls]),
    )
