"""What the pages of recommendations can be asked to show."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.cards.models import CardSet
from apps.prices.forms import ANY, AmountField
from mtgintel.core.constants import Finish
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice

from .maths.rules import HORIZON_DAYS
from .models import Kind, Outcome

_EVERY = ("", "All")
_LEAST = [("", "Any"), *((f"0.{n}", f"{n} %") for n in (60, 70, 80, 90))]


class RecommendationsForm(ChoicesForm):
    """Which recommendations; a bad value is reported and left out."""

    currency = currency_choice()
    kind = Choice([_EVERY, *Kind.choices], label="Advice")
    horizon = Choice(
        [_EVERY, *((str(days), f"{days} days") for days in HORIZON_DAYS)],
        label="Horizon",
    )
    state = Choice(
        [
            ("standing", "Standing"),
            ("scored", "Scored"),
            ("closed", "Closed"),
            ("all", "All"),
        ],
        label="State",
    )
    result = Choice([ANY, *Outcome.Result.choices], label="Outcome")
    proof = Choice(
        [
            ANY,
            ("proven", "Backtest beats doing nothing"),
            ("experimental", "Experimental"),
        ],
        label="Proof",
    )
    min_confidence = Choice(_LEAST, label="Confidence, at least")
    min_price = AmountField("Price, at least")
    set = forms.CharField(label="Set code", max_length=12, required=False)
    finish = Choice([ANY, *Finish.choices], label="Finish")
    on = forms.DateField(
        label="What stood on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ordering = Choice(
        [
            ("-issued_on", "Newest"),
            ("-confidence", "Surest"),
            ("-expected", "Most expected"),
            ("due_on", "Next to end"),
            ("-price", "Dearest"),
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
        """What is asked for, as RecommendationsQuery takes it."""
        self.is_valid()
        given = {k: v for k, v in self.cleaned_data.items() if v not in ("", None)}
        given["min_confidence"] = float(given.get("min_confidence", 0))
        if "horizon" in given:
            given["horizon"] = int(given["horizon"])
        return given


class TrackRecordForm(ChoicesForm):
    currency = currency_choice()
    basis = Choice(
        [("all", "All"), ("live", "Live"), ("replay", "Replayed")], label="Advice given"
    )
