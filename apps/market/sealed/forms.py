"""Which sealed products can be asked for."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from apps.market.selectors.sealed import SEALED_ORDERINGS, SealedQuery
from apps.market.selectors.sets import set_of
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice

_NAMES = {
    "name": ("Name, from A", "Name, from Z"),
    "price": ("Price, lowest first", "Price, highest first"),
    "change_7d": ("7 days, fallen most first", "7 days, risen most first"),
    "change_30d": ("30 days, fallen most first", "30 days, risen most first"),
    "released": ("Release, oldest first", "Release, newest first"),
}
_ORDERS = [
    (name, _NAMES[name.removeprefix("-")][name.startswith("-")])
    for name in SEALED_ORDERINGS
]


class SealedForm(ChoicesForm):
    """A bad value is reported and left out."""

    currency = currency_choice()
    q = forms.CharField(label="Name", max_length=100, required=False)
    set = forms.CharField(label="Set code", max_length=12, required=False)
    ordering = Choice(_ORDERS, label="Order")

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.full_clean()

    def clean_set(self) -> str:
        code: str = self.cleaned_data["set"].strip()
        found = set_of(code) if code else None
        if code and found is None:
            raise forms.ValidationError(f"There is no set “{code}”.")
        return found.code if found else ""

    def wanted(self) -> SealedQuery:
        given = self.cleaned_data
        return SealedQuery(
            currency=self.chosen("currency"),
            q=given.get("q", ""),
            set=given.get("set", ""),
            ordering=self.chosen("ordering"),
        )
