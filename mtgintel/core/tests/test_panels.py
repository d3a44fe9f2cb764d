"""Panels of other apps on a page."""

from __future__ import annotations

import pytest

from mtgintel.core import panels
from mtgintel.core.panels import Panel, panels_of


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(panels, "_registered", {})


def test_each_says_what_it_found_in_order():
    panels.register("card", "a", template="a.html", data=lambda card: card + 1)
    panels.register("card", "b", template="b.html", data=lambda card: card + 2)
    panels.register("set", "c", template="c.html", data=lambda **_: 0)
    assert panels_of("card", card=1) == [Panel("a.html", 2), Panel("b.html", 3)]


def test_one_with_nothing_to_say_is_left_out():
    panels.register("card", "a", template="a.html", data=lambda card: None)
    assert panels_of("card", card=1) == []
