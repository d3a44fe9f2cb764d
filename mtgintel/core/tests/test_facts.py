"""What other apps add to an answer."""

from __future__ import annotations

import pytest
from rest_framework import serializers

from mtgintel.core import facts


class Numbered(serializers.Serializer):
    number = serializers.IntegerField()


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setattr(facts, "_registered", {})
    facts.register(
        "card",
        "all",
        find=lambda card: [{"number": card}, {"number": 2}],
        serializer=Numbered,
        many=True,
    )
    facts.register("card", "none", find=lambda card: None, serializer=Numbered)
    facts.register("set", "else", find=lambda **_: 0, serializer=Numbered)


def test_each_is_written_under_its_name():
    assert facts.facts_of("card", card=1) == {
        "all": [{"number": 1}, {"number": 2}],
        "none": None,
    }


def test_they_are_fields_of_the_schema():
    fields = facts.fields_of("card")
    assert list(fields) == ["all", "none"]
    assert isinstance(fields["all"], serializers.ListSerializer)
    assert fields["none"].allow_null
