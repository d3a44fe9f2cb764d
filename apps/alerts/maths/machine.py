"""When an alert fires: a state and a reading in, a state and perhaps a firing out.

    ARMED ── reached ──> FIRED   (repeating: waits until the value has gone back)
    ARMED ── reached ──> SPENT   (one-shot: waits for its owner)
    FIRED ── gone back ──> ARMED
    SPENT ── re-armed by its owner ──> FIRED

A value has gone back when it is on the other side of its threshold by the hysteresis, a
share of the threshold, so that a value which trembles at the threshold fires once. A
value that is there from the start has been reached. Pure: no clock, no storage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

ABOVE, BELOW = "ABOVE", "BELOW"
ARMED, FIRED, SPENT = "ARMED", "FIRED", "SPENT"
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is waited for: a value at or above (or below) `threshold`.

    `hysteresis_percent` of the threshold is how far it has to go back before it can
    fire again, if it `repeats`.
    """

    threshold: Decimal
    direction: str = ABOVE
    hysteresis_percent: Decimal = Decimal(0)
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """How things stand: `crossing` counts the firings, `seen_at` is when the value that
    last changed the state was observed."""

    state: str = ARMED
    crossing: int = 0
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A value observed at a moment; None where what was watched is there no more."""

    value: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """The watch afterwards, and whether it fired."""

    watch: Watch
    fires: bool = False


def step(watch: Watch, rule: Rule, reading: Reading, *, is_snoozed: bool) -> Step:
    """What a reading does. One that is older than the last that did something does
    nothing; a snoozed alert goes back, but does not fire."""
    if watch.seen_at is not None and reading.at < watch.seen_at:
        return Step(watch)
    if watch.state == ARMED and is_reached(rule, reading.value):
        if is_snoozed:
            return Step(watch)
        state = FIRED if rule.repeats else SPENT
        return Step(Watch(state, watch.crossing + 1, reading.at), fires=True)
    if watch.state == FIRED and has_gone_back(rule, reading.value):
        return Step(replace(watch, state=ARMED, seen_at=reading.at))
    return Step(watch)


def rearmed(watch: Watch) -> Watch:
    """One-shot or not: it may fire again, once its value has gone back."""
    return replace(watch, state=FIRED) if watch.state == SPENT else watch


def is_reached(rule: Rule, value: Decimal | None) -> bool:
    if value is None:
        return False
    if rule.direction == ABOVE:
        return value >= rule.threshold
    return value <= rule.threshold


def has_gone_back(rule: Rule, value: Decimal | None) -> bool:
    if value is None:
        return True
    margin = abs(rule.threshold) * rule.hysteresis_percent / _HUNDRED
    if is_reached(rule, value):
        return False
    if rule.direction == ABOVE:
        return value <= rule.threshold - margin
    return value >= rule.threshold + margin
