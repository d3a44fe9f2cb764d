"""Preferences as forms: one per panel of the page, each saved by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apps.settings.models import MULTIPLIERS, CostBasis
from apps.settings.selectors import Preferences
from apps.settings.services import (
    AccountOnRecordError,
    delete_account,
    save_preferences,
)
from mtgintel.core.constants import Condition, Currency
from mtgintel.core.fees import FEE_FIELDS
from mtgintel.core.marketplaces import streams
from mtgintel.core.theme import Theme

_NUMBER = forms.NumberInput(attrs={"inputmode": "decimal", "step": "any", "min": "0"})


class PreferencesForm(forms.Form):
    """Part of somebody's preferences; `section` says which form was sent."""

    section: str
    title: str
    about: str = ""

    def __init__(self, now: Preferences, data: QueryDict | None = None) -> None:
        self.now = now
        super().__init__(
            data,
            initial=self.shown(now),
            prefix=self.section,
            label_suffix="",
        )

    def shown(self, now: Preferences) -> dict[str, Any]:
        """What the fields show before anything is changed."""
        return {name: getattr(now, name) for name in self.base_fields}

    def changes(self) -> dict[str, Any]:
        """What is to be saved, by preference."""
        return self.cleaned_data

    def saved(self, user: Any) -> bool:
        """Save what was sent; whether it was right, or the form says what is not."""
        if not self.is_valid():
            return False
        try:
            save_preferences(user=user, **self.changes())
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.add_error(name if name in self.fields else None, messages)
            return False
        return True


class DisplayForm(PreferencesForm):
    section = "display"
    title = "Display"
    about = "What pages show when their address does not say."

    currency = forms.ChoiceField(choices=Currency.choices)
    theme = forms.ChoiceField(
        choices=[("", "As each device says"), *Theme.choices],
        required=False,
        label="Colours",
    )
    hide_amounts = forms.BooleanField(
        required=False,
        label="Hide what is mine in amounts",
        help_text="Values of your collection show as •••; percentages stay.",
    )


class PortfolioForm(PreferencesForm):
    section = "portfolio"
    title = "Portfolio and signals"

    cost_basis = forms.ChoiceField(
        choices=CostBasis.choices,
        label="Cost basis",
        help_text="Which copies count as sold when some of several lots are.",
    )
    signal_min_strength = forms.DecimalField(
        label="Strength of a signal, at least", help_text="0 to 1.", widget=_NUMBER
    )
    signal_min_confidence = forms.DecimalField(
        label="Confidence in a signal, at least", help_text="0 to 1.", widget=_NUMBER
    )


class ConditionsForm(PreferencesForm):
    section = "conditions"
    title = "Condition multipliers"
    about = (
        "What a grade is worth of the near-mint price where nobody prices the grade "
        "itself. Figures made this way are marked as estimates."
    )

    def __init__(self, now: Preferences, data: QueryDict | None = None) -> None:
        super().__init__(now, data)
        for condition in MULTIPLIERS:
            self.fields[condition] = forms.DecimalField(
                label=Condition(condition).label, widget=_NUMBER
            )

    def shown(self, now: Preferences) -> dict[str, Any]:
        return dict(now.condition_multipliers)

    def changes(self) -> dict[str, Any]:
        return {"condition_multipliers": self.cleaned_data}


class FeesForm(PreferencesForm):
    """What somebody pays in one currency."""

    def __init__(
        self, currency: str, now: Preferences, data: QueryDict | None = None
    ) -> None:
        self.currency = currency
        self.section = f"fees-{currency}"
        self.title = f"Fees in {currency}"
        super().__init__(now, data)
        for name, asked in FEE_FIELDS.items():
            self.fields[name] = forms.DecimalField(
                label=asked.label, help_text=asked.about, widget=_NUMBER
            )

    def shown(self, now: Preferences) -> dict[str, Any]:
        profile = now.fee_profile(self.currency)
        return {name: getattr(profile, name) for name in FEE_FIELDS}

    def changes(self) -> dict[str, Any]:
        return {"fees": {self.currency: self.cleaned_data}}


class MarketplacesForm(PreferencesForm):
    section = "marketplaces"
    title = "Marketplaces"
    about = (
        "Number those you use, the preferred one with 1. An empty field leaves a "
        "marketplace out; all empty means all of them, in the market's own order."
    )

    def __init__(self, now: Preferences, data: QueryDict | None = None) -> None:
        self.streams = list(streams())
        super().__init__(now, data)
        for stream in self.streams:
            self.fields[stream.slug] = forms.IntegerField(
                label=f"{stream.name}, {stream.currency}",
                min_value=1,
                max_value=999,
                required=False,
            )

    def shown(self, now: Preferences) -> dict[str, Any]:
        return {slug: place for place, slug in enumerate(now.marketplaces, start=1)}

    def changes(self) -> dict[str, Any]:
        numbered = [
            (place, order, slug)
            for order, (slug, place) in enumerate(self.cleaned_data.items())
            if place is not None
        ]
        return {"marketplaces": [slug for _, _, slug in sorted(numbered)]}


def all_forms(now: Preferences, data: QueryDict | None = None) -> list[PreferencesForm]:
    """The forms of the page; the one named by `section` has what was sent."""
    sent = data.get("section") if data is not None else None

    def given(section: str) -> QueryDict | None:
        return data if section == sent else None

    return [
        *(form(now, given(form.section)) for form in _PLAIN),
        *(FeesForm(one, now, given(f"fees-{one}")) for one in Currency.values),
    ]


_PLAIN: Iterable[type[PreferencesForm]] = (
    DisplayForm,
    MarketplacesForm,
    PortfolioForm,
    ConditionsForm,
)


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=60,
        label="What is it for?",
        help_text="A name you will know it by, as in “nightly backup”.",
    )


class DeletionForm(forms.Form):
    """Typed, as there is no way back."""

    confirmation = forms.CharField(
        label="Your e-mail address or name",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )

    def __init__(self, user: Any, data: QueryDict | None = None) -> None:
        self.user = user
        super().__init__(data, label_suffix="")

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"].strip()
        names = {self.user.email.lower(), self.user.username.lower()} - {""}
        if typed.lower() not in names:
            raise ValidationError("That is not the name of this account.")
        return typed

    def deleted(self) -> bool:
        """Delete the account; whether it is gone, or the form says why not."""
        if not self.is_valid():
            return False
        try:
            delete_account(user=self.user)
        except AccountOnRecordError:
            message = (
                "Decisions about prices are on record under this account: it can be "
                "made inactive in the admin, not deleted."
            )
            self.add_error(None, message)
            return False
        return True
