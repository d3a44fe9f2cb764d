"""What can be put on one chart."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from apps.cards.selectors import CardSearch, search_cards
from apps.market.indices import INDICES
from apps.market.selectors.compare import MAX_LINES, SCALES, Compared, compared
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice, period_choice

LISTS = {"cards": "card", "indices": "index", "sets": "set", "sealed": "sealed"}
_LONGEST = 400


def scale_choice() -> Choice:
    names = ("From 100", "As they are")
    return Choice(list(zip(SCALES, names, strict=True)), label="Scale")


def _list(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=_LONGEST, required=False)


class CompareForm(ChoicesForm):
    """Lists of what is compared, and one more of each kind that is to join them. What
    is unknown is reported and left out."""

    cards = _list("Cards")
    indices = _list("Indices")
    sets = _list("Sets")
    sealed = _list("Sealed products")
    currency = currency_choice()
    period = period_choice("90d")
    scale = scale_choice()
    add_card = forms.CharField(
        label="Card, or set and number", max_length=100, required=False
    )
    add_index = Choice(
        [("", "None"), *((one.slug, one.name) for one in INDICES.values())],
        label="Index",
    )
    add_set = forms.CharField(label="Set code", max_length=12, required=False)

    def __init__(self, data: QueryDict) -> None:
        """A list may come in pieces, as from boxes that are ticked."""
        whole = data.copy()
        for field in LISTS:
            whole[field] = ",".join(filter(None, data.getlist(field)))
        super().__init__(whole)
        self.items: list[Compared] = []
        self.is_joined = False
        # What is asked for is known once the lists are read.
        self.full_clean()

    def clean_add_card(self) -> str:
        """The key of the best match."""
        text: str = self.cleaned_data["add_card"].strip()
        if not text:
            return ""
        card = search_cards(CardSearch(q=text)).first() if text.isprintable() else None
        if card is None:
            raise forms.ValidationError(f"No card is called “{text}”.")
        return str(card.pk)

    def clean(self) -> None:
        given = self.cleaned_data
        lists = {
            field: ",".join(
                filter(None, [given.get(field, ""), given.get(f"add_{kind}", "")])
            )
            for field, kind in LISTS.items()
        }
        self.items, errors = compared(lists)
        for error in errors:
            self.add_error(error.field, str(error))
        self.is_joined = any(given.get(f"add_{kind}") for kind in LISTS.values())

    @property
    def has_room(self) -> bool:
        return len(self.items) < MAX_LINES

    def names(self, without: Compared | None = None) -> dict[str, str]:
        """The lists as they are understood, or all but one of them."""
        return {
            field: ",".join(
                one.key for one in self.items if one.kind == kind and one != without
            )
            for field, kind in LISTS.items()
        }

    def address(self, without: Compared | None = None, **others: str) -> str:
        """The query that asks for the same, or for all but one of it."""
        choices = {name: self.chosen(name) for name in ("currency", "period", "scale")}
        asked = self.names(without) | choices | others
        return urlencode(
            {name: text for name, text in asked.items() if text}, safe=":,"
        )
