"""What the market's pages can be asked to show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from apps.cards.models import CardSet
from apps.cards.selectors import PLAY_FORMATS
from apps.market.indices import FORMATS, INDICES
from apps.market.selectors.movers import MAX_MOVERS, SIZES, SOURCES
from apps.prices.forms import ANY, AmountField
from apps.prices.selectors import freshness
from mtgintel.core.constants import Finish, Rarity
from mtgintel.core.forms import (
    Choice,
    ChoicesForm,
    currency_choice,
    period_choice,
    window_choice,
)


def method_choice() -> Choice:
    return Choice([("chained", "Index"), ("average", "Average price")], label="Method")


def finish_choice() -> Choice:
    return Choice([("", "All finishes"), *Finish.choices], label="Finish")


def format_choice() -> Choice:
    """The formats that have an index."""
    named = [(slug, INDICES[slug].name) for slug in FORMATS]
    return Choice([("", "Whole market"), *named], label="Format")


def versus_choice() -> Choice:
    named = [(one.slug, one.name) for one in INDICES.values()]
    return Choice([("", "Nothing"), *named], label="Compare with")


class IndicesForm(ChoicesForm):
    currency = currency_choice()


class IndexForm(ChoicesForm):
    currency = currency_choice()
    period = period_choice("90d")
    finish = finish_choice()
    versus = versus_choice()


class MarketForm(ChoicesForm):
    currency = currency_choice()
    format = format_choice()
    finish = finish_choice()
    method = method_choice()
    period = period_choice("30d")
    window = window_choice()


class MoversForm(ChoicesForm):
    """Which movers; a bad value is reported and left out."""

    currency = currency_choice()
    window = window_choice()
    direction = Choice([("gainers", "Gainers"), ("losers", "Losers")], label="Way")
    by = Choice([(name, name.capitalize()) for name in SIZES], label="By")
    vendors = Choice(
        [("1", "Any"), ("2", "At least 2"), ("3", "At least 3")],
        label="Vendors that moved the same way",
    )
    min_price = AmountField("Price before, at least")
    set = forms.CharField(label="Set code", max_length=12, required=False)
    rarity = Choice(
        [ANY, *((v, v.capitalize()) for v in Rarity.values)], label="Rarity"
    )
    format = Choice(
        [ANY, *((name, name.capitalize()) for name in PLAY_FORMATS)], label="Legal in"
    )
    finish = Choice([ANY, *Finish.choices], label="Finish")
    mine = forms.BooleanField(label="Only what I own", required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        currency = self.chosen("currency")
        streams = [
            (each.marketplace, each.name)
            for each in freshness()
            if each.currency == currency and each.as_of
        ]
        self.fields["source"] = Choice([*SOURCES.items(), *streams], label="Prices of")
        # The form was asked for its currency before it knew the streams.
        self.full_clean()

    def clean_set(self) -> str:
        code: str = self.cleaned_data["set"].lower()
        if code and not CardSet.objects.filter(code=code).exists():
            raise forms.ValidationError(f"There is no set “{code}”.")
        return code

    def choices(self) -> dict[str, Any]:
        """What is asked for, as `movers` takes it."""
        given = self.cleaned_data
        minimum = given.get("min_price")
        return {
            **{
                name: self.chosen(name)
                for name in ("currency", "window", "direction", "by", "source")
            },
            "vendors": int(self.chosen("vendors")),
            "min_price": Decimal(1) if minimum is None else minimum,
            "card_set": given.get("set", ""),
            "rarity": given.get("rarity", ""),
            "format": given.get("format", ""),
            "finish": given.get("finish", ""),
            "limit": MAX_MOVERS,
        }
