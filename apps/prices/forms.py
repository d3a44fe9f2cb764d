"""What the pages of cards and their prices can be asked to show."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from apps.cards.models import CardSet
from apps.cards.selectors import PLAY_FORMATS, CardSearch
from mtgintel.core.constants import Finish, Rarity
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice, period_choice

from .selectors import PriceListing

ANY = ("", "Any")
# The search's own order, then what people sort by, of selectors.ORDERINGS.
ORDERS = [
    ("", "Best match"),
    ("name", "Name"),
    ("-price", "Price, highest first"),
    ("price", "Price, lowest first"),
    ("-released_on", "Newest first"),
    ("released_on", "Oldest first"),
    ("collector_number", "Set and number"),
]
COLORS = [
    ("W", "White"),
    ("U", "Blue"),
    ("B", "Black"),
    ("R", "Red"),
    ("G", "Green"),
    ("C", "Colourless"),
]


class CardForm(ChoicesForm):
    """The chart of a card: one of the currencies it is priced in, and a period."""

    period = period_choice("30d")

    def __init__(
        self, data: QueryDict, currencies: Iterable[str], preferred: str
    ) -> None:
        super().__init__(data)
        options = [(currency, currency) for currency in currencies]
        field = Choice(options, label="Currency")
        if preferred in dict(options):
            field.initial = preferred
        self.fields["currency"] = field


class AmountField(forms.DecimalField):
    """An amount of money, with a point or a comma before the cents."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            min_value=Decimal(0),
            max_value=Decimal(1_000_000),
            max_digits=10,
            decimal_places=3,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )

    def clean(self, value: Any) -> Any:
        return super().clean(str(value or "").replace(",", "."))


class CardSearchForm(ChoicesForm):
    """Filters of the card search; a bad value is reported and left out."""

    q = forms.CharField(label="Name, or set and number", max_length=100, required=False)
    set = forms.CharField(label="Set code", max_length=12, required=False)
    rarity = Choice(
        [ANY, *((v, v.capitalize()) for v in Rarity.values)], label="Rarity"
    )
    color = forms.MultipleChoiceField(
        label="Colours",
        choices=COLORS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    finish = Choice([ANY, *Finish.choices], label="Finish")
    format = Choice(
        [ANY, *((name, name.capitalize()) for name in PLAY_FORMATS)], label="Legal in"
    )
    currency = currency_choice()
    min_price = AmountField("From")
    max_price = AmountField("To")
    ordering = Choice(ORDERS, label="Order")

    @property
    def has_filters(self) -> bool:
        """Whether anything is asked for that could leave cards out."""
        names = self.fields.keys() - {"currency", "ordering"}
        return any(self.data.get(name) for name in names)

    def search(self) -> CardSearch:
        """The part of the question that is about cards."""
        self.is_valid()
        given = self.cleaned_data
        return CardSearch(
            q=given.get("q", ""),
            set=given.get("set", ""),
            rarity=given.get("rarity", ""),
            color="".join(given.get("color", [])),
            finish=given.get("finish", ""),
            format=given.get("format", ""),
        )

    def listing(self) -> PriceListing:
        """The part of the question that is about prices."""
        self.is_valid()
        given = self.cleaned_data
        return PriceListing(
            currency=self.chosen("currency"),
            min_price=given.get("min_price"),
            max_price=given.get("max_price"),
            ordering=given.get("ordering", ""),
        )

    def clean_set(self) -> str:
        code = self.cleaned_data["set"].lower()
        if code and not CardSet.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is no set “{code}”.")
        return code

    def clean_color(self) -> list[str]:
        colors = self.cleaned_data["color"]
        if "C" in colors and len(colors) > 1:
            raise forms.ValidationError("A colourless card has no other colour.")
        return colors
