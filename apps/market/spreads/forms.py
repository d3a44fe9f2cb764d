"""Which gaps the page shows, and under which fees."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from apps.cards.models import CardSet
from apps.market.maths.spreads import KINDS
from apps.market.selectors.spreads import ONE_CURRENCY_UNIT
from apps.prices.forms import ANY, AmountField
from apps.prices.selectors import StreamFreshness, freshness
from mtgintel.core.constants import Condition, Finish, Side
from mtgintel.core.fees import FEE_FIELDS, FeeField, FeeProfile, edited
from mtgintel.core.forms import Choice, ChoicesForm, currency_choice

ORDER_NAMES = [
    ("net", "Left per card"),
    ("net_percent", "Left in percent"),
    ("total", "Left for all copies"),
    ("gross_percent", "Before fees, in percent"),
    ("first_seen", "Newest"),
]


class DecimalField(forms.DecimalField):
    """A number with a point or a comma; `hint` stands in the empty field."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            **options,
        )

    def clean(self, value: Any) -> Any:
        return super().clean(str(value or "").replace(",", "."))


def _fee_field(asked: FeeField, value: Any) -> forms.Field:
    """What is typed over the fee that holds without it."""
    field: forms.Field
    bounds = {"min_value": asked.minimum, "max_value": asked.maximum}
    if asked.decimals:
        field = DecimalField(asked.label, decimal_places=asked.decimals, **bounds)
    else:
        field = forms.IntegerField(
            label=asked.label,
            required=False,
            min_value=int(asked.minimum),
            max_value=int(asked.maximum),
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        )
    field.help_text = asked.about
    field.widget.attrs["placeholder"] = (
        f"{value.normalize():f}" if (isinstance(value, Decimal)) else str(value)
    )
    return field


class SpreadsForm(ChoicesForm):
    """Which gaps, under which fees: those of `profiles` by currency, as far as the
    address does not say others. A bad value is reported and left out."""

    kind = Choice(KINDS.items(), label="Kind")
    currency = currency_choice()
    by = Choice(ORDER_NAMES, label="Order by")
    set = forms.CharField(label="Set code", max_length=12, required=False)
    finish = Choice([ANY, *Finish.choices], label="Finish")
    condition = Choice([ANY, *Condition.choices], label="Condition")
    min_price = AmountField("Price, at least")
    min_net = DecimalField(
        "Left per card, at least",
        min_value=-1_000_000,
        max_value=1_000_000,
        max_digits=10,
        decimal_places=3,
    )
    min_percent = DecimalField(
        "Left, at least %",
        min_value=-100_000,
        max_value=100_000,
        max_digits=8,
        decimal_places=2,
    )
    limit = Choice([("50", "50"), ("25", "25"), ("100", "100")], label="Rows")

    def __init__(self, data: QueryDict, profiles: Mapping[str, FeeProfile]) -> None:
        super().__init__(data)
        currency = self.chosen("currency")
        self._own = profiles[currency]
        streams = [one for one in freshness() if one.as_of]
        self.fields["from_marketplace"] = _stream_choice(streams, "From")
        self.fields["to_marketplace"] = _stream_choice(streams, "To")
        self.fields["min_price"].widget.attrs["placeholder"] = str(ONE_CURRENCY_UNIT)
        for name, asked in FEE_FIELDS.items():
            self.fields[name] = _fee_field(asked, getattr(self._own, name))
        # The form was asked for its currency before it knew the rest.
        self.full_clean()

    def clean_set(self) -> str:
        code: str = self.cleaned_data["set"].lower()
        if code and not CardSet.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is no set “{code}”.")
        return code

    @property
    def fee_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in FEE_FIELDS]

    @property
    def has_own_fees(self) -> bool:
        """Whether the address says other fees than those that hold without it."""
        return self.profile != self._own

    @property
    def profile(self) -> FeeProfile:
        return edited(self._own, self.cleaned_data)

    def choices(self) -> dict[str, Any]:
        """What is asked for, as `spreads` takes it."""
        given = self.cleaned_data
        minimum = given.get("min_price")
        return {
            **{name: self.chosen(name) for name in ("kind", "currency", "by")},
            **{
                name: given.get(name, "")
                for name in (
                    "from_marketplace",
                    "to_marketplace",
                    "finish",
                    "condition",
                )
            },
            "card_set": given.get("set", ""),
            "min_price": ONE_CURRENCY_UNIT if minimum is None else minimum,
            "min_net": given.get("min_net"),
            "min_percent": given.get("min_percent"),
            "profile": self.profile,
        }


def _stream_choice(streams: list[StreamFreshness], label: str) -> Choice:
    options = [
        (one.marketplace, one.name)
        for one in streams
        if label == "To" or one.side != Side.MARKET
    ]
    return Choice([ANY, *options], label=label)
