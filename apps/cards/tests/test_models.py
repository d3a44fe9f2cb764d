"""What a printing's columns come back as."""

import uuid

import pytest

from apps.cards.models import Card

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("finishes", [[], ["FOIL"], ["NONFOIL", "FOIL", "ETCHED"]])
def test_finishes_are_a_list(finishes):
    card = Card.objects.create(scryfall_id=uuid.uuid4(), name="Opt", finishes=finishes)
    assert Card.objects.get(pk=card.pk).finishes == finishes
