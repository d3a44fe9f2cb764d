"""What the pages of sets can be asked to show."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from apps.market.compare.forms import scale_choice
from apps.market.selectors.compare import MAX_LINES
from apps.market.selectors.sets import SetsQuery, set_of, set_types
from apps.prices.forms import AmountField
from mtgintel.core.constants import Finish
from mtgintel.core.forms import (
    Choice,
    ChoicesForm,
    currency_choice,
    period_choice,
    window_choice,
)

# What a list of sets can be ordered by, and what the largest and least of it are.
ORDER_NAMES = {
    "released": ("Release", "newest", "oldest"),
    "name": ("Name", "Z", "A"),
    "value": ("Value", "highest", "lowest"),
    "foil_value": ("Foils", "highest", "lowest"),
    "change_1d": ("1 day", "risen most", "fallen most"),
    "change_7d": ("7 days", "risen most", "fallen most"),
    "change_30d": ("30 days", "risen most", "fallen most"),
    "change_90d": ("90 days", "risen most", "fallen most"),
    "coverage": ("Cards priced", "most", "fewest"),
    "cards": ("Cards", "most", "fewest"),
}
ORDERS = [
    (f"{sign}{key}", f"{name}, {word} first")
    for key, (name, most, least) in ORDER_NAMES.items()
    for sign, word in (("-", most), ("", least))
]


class SetsForm(ChoicesForm):
    """Which sets; a bad value is reported and left out."""

    currency = currency_choice()
    q = forms.CharField(label="Name or code", max_length=100, required=False)
    year = forms.IntegerField(
        label="Year", min_value=1993, max_value=2100, required=False
    )
    min_coverage = Choice(
        [("0", "Any"), ("50", "At least 50 %"), ("90", "At least 90 %")],
        label="Cards with a price",
    )
    min_value = AmountField("Value, at least")
    ordering = Choice(ORDERS, label="Order")

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["ordering"].initial = SetsQuery().ordering
        types = set_types(self.chosen("currency"))
        named = [(name, name.replace("_", " ").capitalize()) for name in types]
        self.fields["type"] = Choice([("", "Any"), *named], label="Type")
        # The form was asked for its currency before it knew the types.
        self.full_clean()

    def wanted(self) -> SetsQuery:
        given = self.cleaned_data
        return SetsQuery(
            currency=self.chosen("currency"),
            q=given.get("q", ""),
            type=given.get("type", ""),
            year=given.get("year"),
            min_coverage=int(self.chosen("min_coverage")),
            min_value=given.get("min_value") or SetsQuery().min_value,
            ordering=self.chosen("ordering"),
        )


class SetForm(ChoicesForm):
    """One set; `beside` are the codes of those its curve since release stands beside,
    and `add` one that is to join them."""

    currency = currency_choice()
    finish = Choice([("", "Cards"), (Finish.FOIL.value, "Foils")], label="Of")
    period = period_choice("90d")
    window = window_choice()
    beside = forms.CharField(label="Beside", max_length=100, required=False)
    add = forms.CharField(label="Set code", max_length=12, required=False)
    scale = scale_choice()

    def __init__(self, data: QueryDict, code: str) -> None:
        self.code = code
        super().__init__(data)
        self.full_clean()

    @property
    def is_foil(self) -> bool:
        return self.chosen("finish") == Finish.FOIL

    @property
    def codes(self) -> list[str]:
        """The set itself, and those beside it."""
        given = self.cleaned_data
        chosen = [self.code, *given.get("beside", []), given.get("add") or self.code]
        return list(dict.fromkeys(chosen))[:MAX_LINES]

    def clean_beside(self) -> list[str]:
        names = self.cleaned_data["beside"].split(",")
        return [_known(name) for name in names[:MAX_LINES] if name.strip()]

    def clean_add(self) -> str:
        name = self.cleaned_data["add"]
        return _known(name) if name.strip() else ""


def _known(name: str) -> str:
    found = set_of(name.strip())
    if found is None:
        raise forms.ValidationError(f"There is no set “{name.strip()}”.")
    return found.code
