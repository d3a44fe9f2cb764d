"""What somebody says about a file, and what of a collection they want to see."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone

from apps.cards.models import CardSet
from apps.prices.forms import ANY, AmountField
from apps.prices.selectors.history import BEGINNING
from mtgintel.core.constants import Condition, Finish, Language
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice

from .formats import (
    FIELDS,
    FORMATS,
    MAX_BYTES,
    Options,
    Source,
    UnreadableFileError,
    decode,
    plain,
)
from .selectors.history import HISTORY_PERIODS
from .selectors.portfolio import METHODS
from .selectors.values import HoldingsQuery

CURRENCIES = (
    *("USD", "EUR", "TIX", "GBP", "CAD", "AUD", "CHF", "JPY", "PLN", "SEK", "BRL"),
)
MAX_CHOSEN_COLUMNS = 60


def _currency() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Prices without a currency are in",
        choices=[("", "unknown"), *((one, one) for one in CURRENCIES)],
        required=False,
    )


class UploadForm(forms.Form):
    """A file or a pasted text; `cleaned_data["content"]` is the text of either."""

    file = forms.FileField(label="File", required=False)
    text = forms.CharField(
        label="Or paste a list",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "spellcheck": "false",
                "placeholder": "4 Lightning Bolt (M10) 146\n1 Sol Ring [C19] LP foil",
            }
        ),
    )
    format = forms.ChoiceField(
        label="Format",
        choices=[
            ("", "Found by its columns"),
            *((one.slug, one.label) for one in FORMATS.values()),
        ],
        required=False,
    )
    currency = _currency()
    again = forms.BooleanField(
        label="Import it again if it was imported before", required=False
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        try:
            said["content"] = _content(said)
        except UnreadableFileError as error:
            raise forms.ValidationError(str(error)) from None
        return said

    @property
    def options(self) -> Options:
        said = self.cleaned_data
        return Options(format=said["format"], currency=said["currency"])

    @property
    def filename(self) -> str:
        file = self.cleaned_data["file"]
        return str(file.name) if file else ""


def _content(said: dict[str, Any]) -> str:
    file, text = said.get("file"), said.get("text") or ""
    if file is not None:
        return decode(file.read(MAX_BYTES + 1))
    if text.strip():
        return plain(text)
    raise UnreadableFileError("Choose a file, or paste a list.")


class ReadingForm(forms.Form):
    """How a file is to be read: its format, the currency of its prices, and for a table
    that nobody knows, what each column is."""

    format = forms.ChoiceField(
        label="Format",
        choices=[
            ("", "Found by its columns"),
            *((one.slug, one.label) for one in FORMATS.values()),
        ],
        required=False,
    )
    currency = _currency()
    has_header = forms.BooleanField(
        label="The first row holds the names of the columns", required=False
    )

    def __init__(self, data: Any, source: Source, said: Options) -> None:
        initial = {
            "format": said.format,
            "currency": said.currency,
            "has_header": said.has_header,
        }
        super().__init__(data, initial=initial, label_suffix="")
        places = dict(source.layout.places) if source.layout else dict(said.columns)
        named = {place: name for name, place in places.items() if name in FIELDS}
        for place, heading in enumerate(source.header[:MAX_CHOSEN_COLUMNS]):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=heading or f"Column {place + 1}",
                choices=[("", "—"), *FIELDS.items()],
                required=False,
                initial=named.get(place, ""),
            )
        self._samples = [row[:MAX_CHOSEN_COLUMNS] for row in source.sample]

    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        """The choice for each column, with what is in its first rows."""
        chosen = [field for field in self if field.name.startswith("column_")]
        return [
            (field, [row[place] for row in self._samples if place < len(row)])
            for place, field in enumerate(chosen)
        ]

    @property
    def options(self) -> Options:
        """What was said; columns only where somebody named them."""
        said = self.cleaned_data
        columns = {
            name: int(key.removeprefix("column_"))
            for key, name in said.items()
            if key.startswith("column_") and name
        }
        is_generic = said["format"] in ("", "generic")
        return Options(
            format=said["format"],
            columns=columns if is_generic and "columns" in self.data else {},
            has_header=said["has_header"],
            currency=said["currency"],
        )


class ChoiceForm(forms.Form):
    """One of a row's candidates with a finish, "123:FOIL"; or to leave the row out."""

    choice = forms.RegexField(r"^(\d{1,10}:(NONFOIL|FOIL|ETCHED)|skip)$")

    @property
    def chosen(self) -> tuple[int, str] | None:
        """(card id, finish); None to leave the row out."""
        card_id, _, finish = self.cleaned_data["choice"].partition(":")
        return (int(card_id), finish) if finish else None


class HoldingsForm(ChoicesForm):
    """Which lots of a collection; a bad value is reported and left out."""

    currency = currency_choice()
    q = forms.CharField(label="Name", max_length=100, required=False)
    set = forms.CharField(label="Set code", max_length=12, required=False)
    finish = Choice([ANY, *Finish.choices], label="Finish")
    condition = Choice([ANY, *Condition.choices], label="Condition")
    language = Choice([ANY, *Language.choices], label="Language")
    binder = forms.CharField(
        label="Binder",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "binders"}),
    )
    tag = forms.CharField(
        label="Tag",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "tags"}),
    )
    for_trade = Choice([ANY, ("yes", "Yes"), ("no", "No")], label="For trade")
    min_price = AmountField("Worth at least, a copy")
    ordering = Choice(
        [
            ("-value", "Most value"),
            ("value", "Least value"),
            ("-price", "Dearest copy"),
            ("-gain", "Largest gain"),
            ("gain", "Largest loss"),
            ("name", "Name"),
            ("-quantity", "Most copies"),
            ("-added", "Newest here"),
        ],
        label="First",
    )

    def clean_set(self) -> str:
        code: str = self.cleaned_data["set"].lower()
        if code and not CardSet.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is no set “{code}”.")
        return code

    def query(self) -> HoldingsQuery:
        return HoldingsQuery(**self._given())

    @property
    def address(self) -> str:
        """What is asked for, as the query of an address."""
        return urlencode(self._given())

    def _given(self) -> dict[str, Any]:
        self.is_valid()
        return {k: v for k, v in self.cleaned_data.items() if v not in ("", None)}


def _period_choice() -> Choice:
    field = Choice([(one, one.capitalize()) for one in HISTORY_PERIODS], label="Period")
    field.initial = "90d"
    return field


class PortfolioForm(ChoicesForm):
    """A whole collection; a bad value is reported and left out. `on` is a past day to
    value it on."""

    currency = currency_choice()
    period = _period_choice()
    method = Choice(list(METHODS.items()), label="Method")
    min_price = AmountField("Count only cards worth at least")
    on = forms.DateField(
        label="What was it worth on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and not BEGINNING.date() <= day <= timezone.now().date():
            raise forms.ValidationError("A day from 5 August 1993 to today.")
        return day

    def query(self) -> HoldingsQuery:
        self.is_valid()
        least = self.cleaned_data.get("min_price") or None
        return HoldingsQuery(currency=self.chosen("currency"), min_price=least)

    @property
    def day(self) -> date | None:
        self.is_valid()
        return self.cleaned_data.get("on")
