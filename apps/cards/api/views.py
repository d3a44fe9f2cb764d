"""Reads of the catalogue that need no prices."""

from __future__ import annotations

from typing import Any

from apps.cards.selectors import autocomplete
from mtgintel.core.api.views import Answer, PublicRead

from .params import AutocompleteParams
from .serializers import NamesSerializer


class CardAutocompleteView(PublicRead):
    """Card names for what has been typed so far

    Exact before prefix before contained before similar; each name once.
    """

    params = AutocompleteParams
    answer_serializer = NamesSerializer
    tag = "cards"
    throttle_scope = "search"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        return Answer({"names": autocomplete(**wanted)})
