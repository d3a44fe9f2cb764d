"""What a page shows is chosen in its URL, so that it can be shared and gone back to."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from mtgintel.core.constants import PERIODS, WINDOWS, Currency


class Choice(forms.ChoiceField):
    """One of a few values; the first is the default."""

    def __init__(self, options: Iterable[tuple[str, str]], *, label: str) -> None:
        self.options = list(options)
        allowed = ", ".join(value for value, _ in self.options if value)
        super().__init__(
            choices=self.options,
            label=label,
            required=False,
            initial=self.options[0][0],
            error_messages={"invalid_choice": f"“%(value)s” is none of {allowed}."},
        )


def currency_choice() -> Choice:
    return Choice([(value, value) for value in Currency.values], label="Currency")


def period_choice(default: str) -> Choice:
    """One of PERIODS, shown in their own order."""
    field = Choice([(name, name.capitalize()) for name in PERIODS], label="Period")
    field.initial = default
    return field


def window_choice() -> Choice:
    return Choice([(name, name) for name in WINDOWS], label="Window")


class ChoicesForm(forms.Form):
    """A bad value is reported beside the page, which shows the default instead."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, label_suffix="")

    def chosen(self, name: str) -> str:
        """The value of `name`: the one asked for if it is allowed, or the default."""
        self.is_valid()
        return self.cleaned_data.get(name) or self.fields[name].initial
