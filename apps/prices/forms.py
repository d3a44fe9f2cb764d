"""What the pages of cards and their prices can be asked to show."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import QueryDict

from mtgintel.core.forms import Choice, ChoicesForm, period_choice


class CardForm(ChoicesForm):
    """The chart of a card: one of the currencies it is priced in, and a period."""

    period = period_choice("30d")

    def __init__(self, data: QueryDict, currencies: Iterable[str]) -> None:
        super().__init__(data)
        options = [(currency, currency) for currency in currencies]
        self.fields["currency"] = Choice(options, label="Currency")
