"""One standing call per subject and horizon."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.maths.book import NO_CALL, Book, Cells
from apps.recommendations.maths.rules import HORIZON_DAYS, NOTHING
from apps.recommendations.maths.scoring import BUY, HOLD, SELL


def said(*kinds: int) -> np.ndarray:
    """Of one subject, by horizon."""
    return np.array([[*kinds, NOTHING, NOTHING, NOTHING][:3]], np.int8)


def test_advice_is_issued_once_and_stands():
    book = Book(1)
    first = book.turn(10, said(BUY))
    again = book.turn(11, said(BUY))

    assert (first.issued.row.tolist(), first.issued.column.tolist()) == ([0], [0])
    assert (first.first, first.replaced.tolist()) == (0, [NO_CALL])
    assert (len(again.issued), len(again.ended)) == (0, 0)


def test_another_kind_supersedes():
    book = Book(1)
    book.turn(10, said(BUY))
    turn = book.turn(11, said(HOLD))

    assert turn.superseded.tolist() == [0]
    assert turn.first == 1


def test_a_day_has_one_word():
    book = Book(1)
    book.turn(10, said(BUY))
    turn = book.turn(10, said(SELL))

    assert len(turn.issued) == 0


def test_silence_leaves_a_call_standing_until_its_horizon():
    book = Book(1)
    book.turn(10, said(BUY))

    assert book.turn(16, said(NOTHING)).ended.tolist() == []
    assert book.turn(17, said(NOTHING)).ended.tolist() == [0]


def test_the_same_advice_is_issued_anew_when_the_old_one_ends():
    book = Book(1)
    book.turn(10, said(BUY))
    turn = book.turn(17, said(BUY))

    assert turn.ended.tolist() == [0]
    assert (len(turn.issued), turn.replaced.tolist()) == (1, [NO_CALL])


def test_calls_of_before_are_known():
    book = Book(2, next_number=1)
    cells = Cells(np.array([1]), np.array([2]))
    book.enter(cells, np.array([0]), np.array([SELL]), np.array([5]))

    turn = book.turn(6, np.array([said()[0], [NOTHING, NOTHING, BUY]], np.int8))

    assert turn.superseded.tolist() == [0]
    assert turn.first == 1


kinds = st.sampled_from([BUY, HOLD, SELL, NOTHING])
histories = st.lists(
    st.tuples(st.integers(0, 3), st.tuples(kinds, kinds, kinds)), max_size=40
)


@given(histories)
def test_whatever_is_said_every_call_is_closed_once_and_one_stands(history):
    book, day, closed, issued = Book(1), 0, [], 0
    for step, kinds_said in history:
        day += step
        turn = book.turn(day, said(*kinds_said))
        closed += [*turn.ended.tolist(), *turn.superseded.tolist()]
        assert turn.first == issued
        issued += len(turn.issued)
        assert (book.issued + np.array(HORIZON_DAYS) > day)[
            book.number != NO_CALL
        ].all()
    standing = book.number[book.number != NO_CALL].tolist()

    assert len(set(closed)) == len(closed)
    assert sorted(closed + standing) == list(range(issued))
