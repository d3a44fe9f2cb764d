"""Alerts filled in by hand: for each kind the fields it has, and no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone

from apps.cards.models import Card
from apps.market.maths.spreads import KINDS as SPREAD_KINDS
from apps.prices.models import Marketplace
from apps.recommendations.models import Kind as AdviceKind
from apps.signals.models import SIGNAL_KINDS
from mtgintel.core.constants import WINDOWS, Condition, Currency, Finish, Language

from .kinds import CARD, COMMON, EITHER, KINDS, PERCENT, PRICE, STALE
from .models import Alert, DeliverySettings
from .models.rules import DIRECTIONS, SCOPES

_ANY = ("", "Any")
_THRESHOLDS = {
    "amount": "Amount",
    "percent": "Percent",
    "strength": "Strength, at least (0 to 1)",
    "hours": "Hours without news (empty: the stream's own limit)",
}
SNOOZES = [("1", "a day"), ("7", "a week"), ("30", "30 days")]


class NumberField(forms.DecimalField):
    """A number, with a point or a comma before its decimals."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(
            label=label,
            max_digits=12,
            decimal_places=3,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            **options,
        )

    def clean(self, value: Any) -> Any:
        return super().clean(str("" if value is None else value).replace(",", "."))


def _choice(label: str, choices: Any, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, **options)


class AlertForm(forms.Form):
    """An alert of `kind`, about `card` where it is about one; `wanted` is what the
    service takes."""

    def __init__(
        self,
        kind: str,
        card: Card | None = None,
        data: Any = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.kind, self.card = kind, card
        for name in (*KINDS[kind].fields, *COMMON):
            if name != "card":
                self.fields[name] = _field(name, kind, card)

    @classmethod
    def of(cls, alert: Alert, data: Any = None) -> AlertForm:
        """The form of an alert that is there."""
        names = (*KINDS[alert.kind].fields, *COMMON)
        shown = {name: getattr(alert, name) for name in names if name != "card"}
        if alert.marketplace_id:
            shown["marketplace"] = alert.marketplace_id
        if alert.threshold is not None and "threshold" in shown:
            shown["threshold"] = f"{alert.threshold.normalize():f}"
        return cls(alert.kind, alert.card, data, shown)

    def wanted(self) -> dict[str, Any]:
        """The fields of the service; call it on a valid form. What was left empty is
        left out, so that it is at its default."""
        nullable = ("marketplace", "finish", "condition", "language", "threshold")
        said: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if name in nullable:
                said[name] = value or None
            elif value is not None:
                said[name] = value
        if "card" in KINDS[self.kind].fields:
            said["card"] = self.card
        return said


# Kinds that are about exactly one variant of a card.
_VARIANTS = (PRICE, PERCENT)


def _field(name: str, kind: str, card: Card | None) -> forms.Field:
    if name in _PLAIN:
        return _PLAIN[name]()
    return _DEPENDENT[name](kind, card)


_PLAIN: dict[str, Callable[[], forms.Field]] = {
    "name": lambda: forms.CharField(
        label="Name, if you like", max_length=120, required=False
    ),
    "repeats": lambda: forms.BooleanField(
        label="Again whenever it has gone back", required=False, initial=True
    ),
    "by_mail": lambda: forms.BooleanField(label="By e-mail", required=False),
    "by_webhook": lambda: forms.BooleanField(label="By webhook", required=False),
    "currency": lambda: forms.ChoiceField(label="Currency", choices=Currency.choices),
    "hysteresis_percent": lambda: NumberField(
        "Has gone back after, % of that", initial=2
    ),
    "window": lambda: forms.ChoiceField(
        label="Within", choices=[(one, one) for one in WINDOWS], initial="7d"
    ),
    "spread_kind": lambda: forms.ChoiceField(
        label="Between", choices=list(SPREAD_KINDS.items())
    ),
    "signal_kind": lambda: _choice("Signal", [_ANY, *SIGNAL_KINDS]),
    "advice_kind": lambda: _choice("Advice", [_ANY, *AdviceKind.choices]),
    "min_confidence": lambda: NumberField(
        "Confidence, at least (0 to 1)", required=False
    ),
}


def _finish(kind: str, card: Card | None) -> forms.Field:
    finishes = (card.finishes if card else None) or Finish.values
    names = [(one, Finish(one).label) for one in finishes]
    return _choice("Finish", names if kind in _VARIANTS else [_ANY, *names])


def _condition(kind: str, card: Card | None) -> forms.Field:
    if kind in _VARIANTS:
        grade = Condition.NEAR_MINT
        return _choice("Condition", Condition.choices, initial=grade)
    return _choice("Condition", [_ANY, *Condition.choices])


def _language(kind: str, card: Card | None) -> forms.Field:
    own = card.language if card else Language.ENGLISH
    return _choice("Language", Language.choices, initial=own)


def _marketplace(kind: str, card: Card | None) -> forms.Field:
    otherwise = {PRICE: "The cheapest live offer", PERCENT: "The preferred stream"}
    return forms.ModelChoiceField(
        Marketplace.objects.filter(is_active=True),
        label="Where",
        required=kind == STALE,
        empty_label=otherwise.get(kind),
    )


def _direction(kind: str, card: Card | None) -> forms.Field:
    words = [one for one in DIRECTIONS if one[0] != EITHER]
    if kind == PERCENT:
        words = [("ABOVE", "up by"), ("BELOW", "down by"), (EITHER, "either way by")]
    return forms.ChoiceField(label="When it is", choices=words)


def _threshold(kind: str, card: Card | None) -> forms.Field:
    return NumberField(_THRESHOLDS[KINDS[kind].unit], required=kind != STALE)


def _scope(kind: str, card: Card | None) -> forms.Field:
    known = [one for one in SCOPES if card or one[0] != CARD]
    return forms.ChoiceField(label="About", choices=known)


_DEPENDENT: dict[str, Callable[[str, Card | None], forms.Field]] = {
    "finish": _finish,
    "condition": _condition,
    "language": _language,
    "marketplace": _marketplace,
    "direction": _direction,
    "threshold": _threshold,
    "scope": _scope,
}


class SnoozeForm(forms.Form):
    """For how many days an alert says nothing."""

    days = forms.ChoiceField(label="Snooze for", choices=SNOOZES)

    @property
    def until(self) -> datetime:
        return timezone.now() + timedelta(days=int(self.cleaned_data["days"]))


class SettingsForm(forms.Form):
    """Where alerts go beside the page, and when not."""

    is_mail_on = forms.BooleanField(
        label="Send me letters (of the alerts that ask for it)", required=False
    )
    webhook_url = forms.CharField(
        label="Webhook address",
        max_length=500,
        required=False,
        widget=forms.URLInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text="Signed JSON is posted there; empty switches it off.",
    )
    quiet_from = forms.TimeField(
        label="Quiet from",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label="Quiet until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    time_zone = forms.ChoiceField(
        label="By the clock of",
        choices=[(one, one) for one in sorted(available_timezones())],
    )

    def __init__(self, now: DeliverySettings, data: Any = None) -> None:
        shown = {name: getattr(now, name) for name in self.base_fields}
        super().__init__(data, initial=shown, label_suffix="")
