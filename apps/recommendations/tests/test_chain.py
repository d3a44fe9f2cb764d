"""The hash chain: its spelling, and that nothing can be changed unseen."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.maths.chain import (
    GENESIS,
    Broken,
    Line,
    NotCanonicalError,
    canonical,
    first_broken,
    next_hash,
)

contents = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3
)


def sealed(*found) -> list[Line]:
    lines, previous = [], GENESIS
    for place, content in enumerate(found, start=1):
        previous = next_hash(previous, content)
        lines.append(Line(place, content, previous))
    return lines


def test_canonical_has_one_spelling():
    assert canonical({"b": "é", "a": [1, None]}) == b'{"a":[1,null],"b":"\\u00e9"}'


def test_hash_of_the_first_line_by_hand():
    text = "0" * 64 + "\n" + '{"a":"1.00"}'

    found = next_hash(GENESIS, {"a": "1.00"})

    assert found == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, {1.0}, b"x"])
def test_no_content_that_two_programs_could_write_differently(value):
    with pytest.raises(NotCanonicalError):
        canonical({"value": value})


@given(st.lists(contents, max_size=6))
def test_a_chain_as_it_was_written_is_good(found):
    assert first_broken(sealed(*found)) is None


@given(st.lists(contents, min_size=1, max_size=6), st.data())
def test_the_first_changed_line_is_named(found, data):
    lines = sealed(*found)
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = Line(place + 1, {"changed": "now"}, lines[place].hash)

    assert first_broken(lines) == Broken(
        place + 1, "its content does not have its hash"
    )


def test_a_line_that_was_taken_out_is_named():
    lines = sealed({"a": "1"}, {"a": "2"}, {"a": "3"})

    assert first_broken([lines[0], lines[2]]) == Broken(
        2, "missing: the next line is number 3"
    )


def test_a_line_sealed_anew_breaks_the_next():
    lines = sealed({"a": "1"}, {"a": "2"}, {"a": "3"})
    forged = {"a": "better"}
    lines[1] = Line(2, forged, next_hash(lines[0].hash, forged))

    assert first_broken(lines) == Broken(3, "its content does not have its hash")
