"""What the market's pages can be asked to show."""

from __future__ import annotations

from apps.market.indices import INDICES
from mtgintel.core.constants import Finish
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
    method = method_choice()
    period = period_choice("30d")
    window = window_choice()
