"""What the pages of signals can be asked to show."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.cards.models import CardSet
from apps.cards.selectors import PLAY_FORMATS
from apps.prices.forms import ANY, AmountField
from apps.signals.maths.detectors import KINDS
from mtgintel.core.constants import Finish
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice

_LEAST = [("", "Any"), ("0.25", "0.25"), ("0.5", "0.50"), ("0.75", "0.75")]


class SignalsForm(ChoicesForm):
    """Which signals; a bad value is reported and left out."""

    currency = currency_choice()
    kind = Choice(
        [ANY, *((slug, kind.name) for slug, kind in KINDS.items())], label="Kind"
    )
    direction = Choice(
        [ANY, ("up", "A higher price"), ("down", "A lower price"), ("neither", "None")],
        label="Speaks for",
    )
    min_strength = Choice(_LEAST, label="Strength, at least")
    min_confidence = Choice(_LEAST, label="Confidence, at least")
    min_price = AmountField("Price, at least")
    set = forms.CharField(label="Set code", max_length=12, required=False)
    format = Choice(
        [ANY, *((name, name.capitalize()) for name in PLAY_FORMATS)], label="Legal in"
    )
    finish = Choice([ANY, *Finish.choices], label="Finish")
    day = forms.DateField(
        label="Day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ordering = Choice(
        [
            ("-strength", "Strongest"),
            ("-confidence", "Surest"),
            ("-price", "Dearest"),
            ("price", "Cheapest"),
            ("name", "Name"),
        ],
        label="First",
    )

    def clean_set(self) -> str:
        code: str = self.cleaned_data["set"].lower()
        if code and not CardSet.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is no set “{code}”.")
        return code

    def choices(self) -> dict[str, Any]:
        """What is asked for, as SignalsQuery takes it."""
        self.is_valid()
        given = {k: v for k, v in self.cleaned_data.items() if v not in ("", None)}
        for name in ("min_strength", "min_confidence"):
            given[name] = float(given.get(name, 0))
        return given
