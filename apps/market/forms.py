"""What the market's pages can be asked to show."""

from __future__ import annotations

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


class IndicesForm(ChoicesForm):
    currency = currency_choice()


class IndexForm(ChoicesForm):
    currency = currency_choice()
    period = period_choice("90d")
    finish = finish_choice()


class MarketForm(ChoicesForm):
    currency = currency_choice()
    method = method_choice()
    period = period_choice("30d")
    window = window_choice()
