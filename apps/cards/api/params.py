"""What a search for cards may ask."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from apps.cards.models import CardSet
from apps.cards.selectors import PLAY_FORMATS
from mtgintel.core.api.params import Choice, LanguageChoice, QueryParams
from mtgintel.core.constants import Finish, Language, Rarity

MAX_SUGGESTIONS = 20


class AutocompleteParams(QueryParams):
    q = serializers.CharField(
        default="", max_length=100, help_text="The beginning of a name, or about it."
    )
    limit = serializers.IntegerField(default=10, min_value=1, max_value=MAX_SUGGESTIONS)


class SetCodeField(serializers.CharField):
    """The code of a set we have, in any case."""

    def run_validation(self, data: Any = empty) -> str:
        # After the checks of the text itself: a NUL is nothing to ask a database.
        code = super().run_validation(data).lower()
        codes = CardSet.objects.values_list("code", flat=True)
        if not codes.filter(code=code).exists():
            near = ", ".join(get_close_matches(code, codes, n=5, cutoff=0.3))
            hint = f" Close to it: {near}." if near else ""
            raise serializers.ValidationError(f"There is no set {code!r}.{hint}")
        return code


class ColorsField(serializers.RegexField):
    """Letters of WUBRG, or C."""

    default_error_messages = {
        "invalid": "Allowed: letters of WUBRG for cards of at least these colours, or "
        "C for colourless."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^([WUBRGwubrg]{1,5}|[Cc])$", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class CardSearchParams(QueryParams):
    """Which printings; combined with "and"."""

    q = serializers.CharField(
        default="",
        max_length=100,
        help_text="A name or part of it, accents and case aside; or set and number: "
        "mh2 138.",
    )
    set = SetCodeField(required=False, max_length=12, help_text="Set code.")
    rarity = Choice(Rarity.choices, required=False)
    color = ColorsField(
        required=False, help_text="At least these colours (WUBRG), or C: colourless."
    )
    format = Choice(PLAY_FORMATS, required=False, help_text="Legal in this format.")
    finish = Choice(Finish.choices, required=False)
    lang = LanguageChoice(
        Language.choices,
        required=False,
        source="language",
        help_text="Language of the printing: ENGLISH, or en.",
    )
