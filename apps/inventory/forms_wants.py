"""What somebody looks for, filled in by hand."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.cards.models import Card
from apps.prices.forms import AmountField
from mtgintel.core.constants import Condition, Currency, Finish, Language

from .formats import UnreadableFileError, plain
from .models import Priority, Want
from .models.lots import MAX_NOTES
from .models.wants import MAX_WANTED

_ANY = ("", "Any")


class WantForm(forms.Form):
    """A line of a want list about `card`; `cleaned_data` is what the service takes."""

    is_any_printing = forms.BooleanField(
        label="Any printing of the card will do", required=False
    )
    finish = forms.ChoiceField(
        label="Finish", choices=[_ANY, *Finish.choices], required=False
    )
    min_condition = forms.ChoiceField(
        label="Condition, at least",
        choices=Condition.choices,
        initial=Condition.NEAR_MINT,
    )
    language = forms.ChoiceField(
        label="Language", choices=[_ANY, *Language.choices], required=False
    )
    quantity = forms.IntegerField(
        label="Copies", min_value=1, max_value=MAX_WANTED, initial=1
    )
    target_price = AmountField("Target price, a copy")
    currency = forms.ChoiceField(label="Currency", choices=Currency.choices)
    priority = forms.TypedChoiceField(
        label="Priority", choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    notes = forms.CharField(
        label="Notes",
        max_length=MAX_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, card: Card, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.card = card

    @classmethod
    def of(cls, want: Want, data: Any = None) -> WantForm:
        """The form of a line that is there."""
        shown = {name: getattr(want, name) for name in cls.base_fields}
        return cls(want.card, data, initial=shown)

    def wanted(self) -> dict[str, Any]:
        """The fields of the service; call it on a valid form."""
        said = dict(self.cleaned_data)
        return said | {name: said[name] or None for name in ("finish", "language")}


class PastedWantsForm(forms.Form):
    """A list of cards to look for; `cleaned_data["text"]` is readable text."""

    text = forms.CharField(
        label="Paste a list",
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "spellcheck": "false",
                "placeholder": "4 Lightning Bolt\n1 Sol Ring (C19) 221 LP foil",
            }
        ),
    )
    currency = forms.ChoiceField(label="Offers in", choices=Currency.choices)

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="", prefix="list")

    def clean_text(self) -> str:
        try:
            return plain(self.cleaned_data["text"])
        except UnreadableFileError as error:
            raise forms.ValidationError(str(error)) from None
