"""What somebody holds."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser

from apps.inventory.models import Lot


def held_card_ids(user: AbstractBaseUser) -> Iterable[int]:
    """The ids of the cards of which somebody holds a copy, each once."""
    held = Lot.objects.of(user).held().order_by()
    return held.values_list("card_id", flat=True).distinct()
