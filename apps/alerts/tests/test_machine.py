"""When an alert fires: worked by hand, and whatever values come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.alerts.maths.machine import (
    ABOVE,
    ARMED,
    BELOW,
    FIRED,
    SPENT,
    Reading,
    Rule,
    Watch,
    has_gone_back,
    is_reached,
    rearmed,
    step,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def walk(rule_: Rule, values: list[str | None], **how) -> tuple[list[bool], Watch]:
    """Which of these values, an hour apart, fire; and the state afterwards."""
    watch, fired = Watch(), []
    for hour, value in enumerate(values):
        number = None if value is None else Decimal(value)
        reading = Reading(number, NOON + timedelta(hours=hour))
        taken = step(watch, rule_, reading, is_snoozed=how.get("is_snoozed", False))
        watch = taken.watch
        fired.append(taken.fires)
    return fired, watch


def test_above_with_a_hysteresis_of_five_percent():
    # 40.00 and 5 %: it has gone back at 38.00.
    above = Rule(Decimal(40), ABOVE, Decimal(5))

    fired, watch = walk(
        above, ["39.99", "40.00", "45", "39", "40", "38.01", "41", "38.00", "40"]
    )

    assert [index for index, one in enumerate(fired) if one] == [1, 8]
    assert (watch.state, watch.crossing) == (FIRED, 2)


def test_below_with_a_hysteresis_of_five_percent():
    # 40.00 and 5 %: it has gone back at 42.00.
    below = Rule(Decimal(40), BELOW, Decimal(5))

    fired, watch = walk(below, ["41", "40", "41.99", "39", "42", "39.99"])

    assert [index for index, one in enumerate(fired) if one] == [1, 5]
    assert watch.crossing == 2


def test_a_negative_bound_has_its_margin_on_the_other_side():
    # A fall of 10 %, and back at −9 %.
    below = Rule(Decimal(-10), BELOW, Decimal(10))

    fired, _ = walk(below, ["-10", "-9.5", "-11", "-9", "-12"])

    assert fired == [True, False, False, False, True]


def test_without_a_hysteresis_the_other_side_is_enough():
    fired, _ = walk(Rule(Decimal(40)), ["40", "39.999", "40"])
    assert fired == [True, False, True]


def test_a_bound_of_nothing_has_no_margin():
    fired, _ = walk(Rule(Decimal(0), ABOVE, Decimal(50)), ["0", "-0.01", "0"])
    assert fired == [True, False, True]


def test_once_is_once():
    once = Rule(Decimal(40), ABOVE, Decimal(5), repeats=False)

    fired, watch = walk(once, ["50", "10", "50"])

    assert fired == [True, False, False]
    assert watch.state == SPENT


def test_what_is_re_armed_waits_until_the_value_has_gone_back():
    once = Rule(Decimal(40), ABOVE, Decimal(5), repeats=False)
    spent = Watch(SPENT, 1, NOON)
    later = NOON + timedelta(hours=1)

    watch = rearmed(spent)
    assert watch.state == FIRED
    still = step(watch, once, Reading(Decimal(41), later), is_snoozed=False)
    assert (still.fires, still.watch.state) == (False, FIRED)
    back = step(watch, once, Reading(Decimal(38), later), is_snoozed=False)
    assert (back.fires, back.watch.state) == (False, ARMED)
    again = step(back.watch, once, Reading(Decimal(40), later), is_snoozed=False)
    assert (again.fires, again.watch.crossing) == (True, 2)


@pytest.mark.parametrize("state", [ARMED, FIRED])
def test_only_what_is_spent_is_re_armed(state):
    assert rearmed(Watch(state, 1)) == Watch(state, 1)


def test_a_snoozed_alert_goes_back_but_does_not_fire():
    above = Rule(Decimal(40), ABOVE, Decimal(5))

    fired, watch = walk(above, ["50"], is_snoozed=True)
    assert (fired, watch) == ([False], Watch())
    fired_watch = Watch(FIRED, 1, NOON)
    back = step(fired_watch, above, Reading(Decimal(1), NOON), is_snoozed=True)
    assert back.watch.state == ARMED


def test_what_is_there_no_more_has_gone_back():
    fired, _ = walk(Rule(Decimal(40), ABOVE, Decimal(5)), ["50", None, "50", None])
    assert fired == [True, False, True, False]


def test_an_older_reading_does_nothing():
    above = Rule(Decimal(40))
    watch = Watch(FIRED, 1, NOON)
    old = Reading(Decimal(1), NOON - timedelta(seconds=1))
    assert step(watch, above, old, is_snoozed=False).watch == watch


amounts = st.decimals(-1000, 1000, places=2)
rules = st.builds(
    Rule,
    threshold=amounts,
    direction=st.sampled_from([ABOVE, BELOW]),
    hysteresis_percent=st.decimals(0, 100, places=1),
    repeats=st.booleans(),
)


@given(rules, st.one_of(st.none(), amounts))
def test_nothing_is_both_reached_and_gone_back(rule_, value):
    assert not (is_reached(rule_, value) and has_gone_back(rule_, value))


@given(rules, st.lists(st.one_of(st.none(), amounts), max_size=40))
def test_between_two_firings_it_has_gone_back(rule_, values):
    watch, has_been_back = Watch(), True
    for hour, value in enumerate(values):
        reading = Reading(value, NOON + timedelta(hours=hour))
        taken = step(watch, rule_, reading, is_snoozed=False)
        if taken.fires:
            assert has_been_back
            assert is_reached(rule_, value)
            assert taken.watch.crossing == watch.crossing + 1
            has_been_back = False
        has_been_back |= has_gone_back(rule_, value)
        # The same reading again changes nothing.
        assert step(taken.watch, rule_, reading, is_snoozed=False) == step(
            taken.watch, rule_, reading, is_snoozed=False
        )
        if taken.fires:
            again = step(taken.watch, rule_, reading, is_snoozed=False)
            assert (again.watch, again.fires) == (taken.watch, False)
        watch = taken.watch
    if not rule_.repeats:
        assert watch.crossing <= 1


class TwoWriters(RuleBasedStateMachine):
    """Two processes that read, then write onto the state they have read, in any order:
    what is stored fires once for each crossing."""

    def __init__(self) -> None:
        super().__init__()
        self.rule = Rule(Decimal(10), ABOVE, Decimal(10))
        self.stored = Watch()
        self.value = Decimal(0)
        self.now = NOON
        self.taken: dict[str, tuple[Watch, object]] = {}
        self.fired: list[int] = []

    @rule(value=st.integers(0, 20))
    def observe(self, value):
        self.value = Decimal(value)
        self.now += timedelta(hours=1)

    @rule(who=st.sampled_from("ab"))
    def read(self, who):
        reading = Reading(self.value, self.now)
        taken = step(self.stored, self.rule, reading, is_snoozed=False)
        self.taken[who] = (self.stored, taken)

    @precondition(lambda self: self.taken)
    @rule(who=st.sampled_from("ab"))
    def write(self, who):
        if who not in self.taken:
            return
        seen, taken = self.taken.pop(who)
        is_unchanged = (seen.state, seen.crossing) == (
            self.stored.state,
            self.stored.crossing,
        )
        if is_unchanged and taken.watch != seen:
            self.stored = taken.watch
            if taken.fires:
                self.fired.append(taken.watch.crossing)

    @rule(who=st.sampled_from("ab"))
    def crash(self, who):
        self.taken.pop(who, None)

    @invariant()
    def each_crossing_fired_once(self):
        assert self.fired == list(range(1, self.stored.crossing + 1))


TestTwoWriters = TwoWriters.TestCase
TestTwoWriters.settings = settings(max_examples=100, deadline=None)
