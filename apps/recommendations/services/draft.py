"""What a run of advice is going to write, gathered before it is written at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from apps.prices.models import Marketplace
from apps.recommendations.models import (
    AdviceRule,
    Closing,
    LedgerLine,
    Recommendation,
    chain_of,
)

from .ledger import append_lines

_BATCH = 5_000
# In the course of a day: what is over ends, then there is new advice, which closes the
# old that it supersedes.
_ENDED, _ISSUED, _SUPERSEDED = range(3)


@dataclass(frozen=True, slots=True)
class Advised:
    """How many recommendations a run issued, and how many it closed."""

    issued: int
    closed: int


@dataclass(frozen=True, slots=True)
class _Close:
    call: Recommendation
    closed_on: date
    heir: Recommendation | None

    def row(self) -> Closing:
        cause = Closing.Cause.SUPERSEDED if self.heir else Closing.Cause.ENDED
        return Closing(
            recommendation=self.call,
            closed_on=self.closed_on,
            cause=cause,
            replaced_by=self.heir,
        )


@dataclass(slots=True)
class Draft:
    """Calls are unsaved until `save`; all of one chain, and by one rule."""

    rule: AdviceRule
    user_id: int | None = None
    _happened: list[tuple[date, int, str, Recommendation]] = field(default_factory=list)
    _issued: list[Recommendation] = field(default_factory=list)
    _closed: list[_Close] = field(default_factory=list)

    def issue(self, call: Recommendation) -> None:
        call.rule = self.rule
        self._issued.append(call)
        event = LedgerLine.Event.ISSUED.value
        self._happened.append((call.issued_on, _ISSUED, event, call))

    def close(
        self, call: Recommendation, day: date, heir: Recommendation | None
    ) -> None:
        """On `day`; without an heir because its horizon was over by then."""
        call.is_active = False
        self._closed.append(_Close(call, day if heir else call.due_on, heir))
        order = _SUPERSEDED if heir else _ENDED
        self._happened.append((day, order, LedgerLine.Event.CLOSED.value, call))

    @property
    def closed_ids(self) -> list[int]:
        """Of the calls that were issued before this run."""
        return [one.call.pk for one in self._closed if one.call.pk]

    def save(self) -> Advised:
        """Inside the caller's transaction. What is superseded makes room first: of a
        subject one call stands."""
        Recommendation.objects.filter(pk__in=self.closed_ids).update(is_active=False)
        self._issued.sort(key=lambda call: call.issued_on)
        marketplaces = Marketplace.objects.in_bulk()
        for call in self._issued:
            call.marketplace = marketplaces[call.marketplace_id]
        Recommendation.objects.bulk_create(self._issued, batch_size=_BATCH)
        Closing.objects.bulk_create(
            [one.row() for one in self._closed], batch_size=_BATCH
        )
        self._happened.sort(key=lambda one: one[:2])
        events = ((event, call) for _, _, event, call in self._happened)
        append_lines(chain=chain_of(self.user_id), events=events)
        return Advised(len(self._issued), len(self._closed))
