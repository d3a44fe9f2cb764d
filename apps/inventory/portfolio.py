"""What the page of a portfolio shows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from apps.settings.selectors import preferences_of
from mtgintel.core import activity

from .charts import value_chart
from .forms import PortfolioForm
from .selectors.benchmark import Benchmark
from .selectors.history import value_history, worth_on
from .selectors.performance import performance
from .selectors.portfolio import METHODS, Figure, Slice, Worth, portfolio
from .selectors.realised import realised_gain
from .selectors.values import lots_state

# How many parts of a whole are shown by name.
LARGEST = 8
ALLOCATIONS = {
    "set": "By set",
    "colour": "By colour identity",
    "rarity": "By rarity",
    "finish": "By finish",
    "price": "By price of a copy",
}
PERFORMERS = {
    "gain": "Unrealised gain",
    "change_7d": "In 7 days",
    "change_30d": "In 30 days",
}


@dataclass(frozen=True, slots=True)
class Method:
    """One way to value a collection, and the figure now."""

    key: str
    name: str
    figure: Figure


def portfolio_page(user: Any, form: PortfolioForm) -> dict[str, Any]:
    """Everything about a collection in one currency, and the newest that happened."""
    wanted = form.query()
    currency, method = wanted.currency, form.chosen("method")
    # All figures of a page are of one state of the lots.
    lots = lots_state(user.pk)
    found = portfolio(user, wanted, lots)
    history = value_history(user, currency, form.chosen("period"), lots)
    is_hidden = preferences_of(user).hide_amounts
    return {
        "form": form,
        "currency": currency,
        "found": found,
        "min_price": wanted.min_price,
        "methods": methods_of(found.worth),
        "realised": realised_gain(user, currency, lots),
        "performance": performance(user, history),
        "history": history,
        "method": method,
        "method_name": METHODS[method],
        "chart": value_chart(
            history, method, Benchmark.of(currency), is_hidden=is_hidden
        ),
        "then": _then(user, form),
        "allocations": [
            (name, shown_slices(found.allocations[kind]))
            for kind, name in ALLOCATIONS.items()
        ],
        "performers": [
            (name, found.performers[kind]) for kind, name in PERFORMERS.items()
        ],
        "activity": activity.newest(user),
        "address": urlencode({"currency": currency, "period": history.period}),
    }


def methods_of(worth: Worth) -> list[Method]:
    return [Method(key, name, getattr(worth, key)) for key, name in METHODS.items()]


def _then(user: Any, form: PortfolioForm) -> dict[str, Any] | None:
    """What was asked about a day; None where nothing was."""
    day = form.day
    if day is None:
        return None
    wanted = form.query()
    found = worth_on(user, wanted.currency, day, wanted.min_price)
    return {
        "day": day,
        "methods": methods_of(found.worth) if found else [],
        "of": found,
    }


def shown_slices(parts: list[Slice]) -> list[Slice]:
    """The largest by name, the rest together."""
    if len(parts) <= LARGEST + 1:
        return parts
    rest = parts[LARGEST:]
    value = sum((one.value for one in rest), Decimal(0))
    percent = sum((one.percent for one in rest), Decimal(0))
    return [*parts[:LARGEST], Slice("", f"{len(rest):,} others", value, percent)]
