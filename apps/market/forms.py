"""What the market's pages can be asked to show."""

from __future__ import annotations

from mtgintel.core.forms import (
    ChoicesForm,
    currency_choice,
    period_choice,
    window_choice,
)


class MarketForm(ChoicesForm):
    currency = currency_choice()
    period = period_choice("30d")
    window = window_choice()
