"""What the page of gaps shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator

from apps.market.maths.spreads import BUYLIST_GAP, REGION_GAP
from apps.market.selectors.spreads import (
    REASONS,
    Spread,
    SpreadLives,
    spread_lives,
    spreads,
)
from apps.prices.selectors import newest_observation
from mtgintel.core.fees import FEE_FIELDS
from mtgintel.core.money import money_text

from .forms import SpreadsForm

# What the two prices of a gap are called.
LEG_NAMES = {BUYLIST_GAP: ("Pays less", "Pays more")}
USUAL_LEGS = ("Buy", "Sell")


def spreads_context(form: SpreadsForm, number: str | None) -> dict[str, Any]:
    """The gaps that a form asks for; `query` asks the API and the CSV for the same."""
    wanted = form.choices()
    found = spreads(**wanted)
    buy, sell = LEG_NAMES.get(wanted["kind"], USUAL_LEGS)
    return {
        "form": form,
        "wanted": wanted,
        "currency": wanted["currency"],
        "is_region": wanted["kind"] == REGION_GAP,
        "is_buylist_gap": wanted["kind"] == BUYLIST_GAP,
        "buy": buy,
        "sell": sell,
        "found": found,
        "paging": Paginator(found, int(form.chosen("limit"))).get_page(number),
        "excluded": [(pairs, REASONS[why]) for why, pairs in found.excluded.items()],
        "lives": lives_in_words(spread_lives(wanted["kind"], wanted["currency"])),
        "as_of": newest_observation(wanted["currency"]),
        "query": spreads_query_of(form),
    }


def spreads_query_of(form: SpreadsForm) -> str:
    """The whole question as an address, with fees that are not everybody's own."""
    wanted = form.choices()
    profile = wanted.pop("profile")
    asked = {"set" if name == "card_set" else name: wanted[name] for name in wanted}
    asked["limit"] = form.chosen("limit")
    asked |= {name: getattr(profile, name) for name in FEE_FIELDS}
    return urlencode({k: v for k, v in asked.items() if v not in ("", None)})


def lives_in_words(lives: SpreadLives) -> str:
    """How long gaps of the kind last; "" before any was seen."""
    said = []
    if lives.closed and lives.median_closed is not None:
        said.append(
            f"Of {lives.closed:,} that opened in the last 90 days and are over, half "
            f"were seen {lasting(lives.median_closed)}."
        )
    if lives.open and lives.median_open is not None:
        said.append(
            f"Of the {lives.open:,} open ones half have been seen "
            f"{lasting(lives.median_open)} so far."
        )
    return " ".join(said)


def lasting(length: timedelta) -> str:
    """In words, rounded down; "once only" where it was not seen again."""
    if not length:
        return "once only"
    minutes = int(length.total_seconds() // 60)
    if minutes >= 48 * 60:
        return f"for {minutes // (24 * 60)} days or more"
    if minutes >= 90:
        return f"for {minutes // 60} hours or more"
    return f"for {minutes} minutes" if minutes > 1 else "for a minute"


# The columns of the downloaded table.
SPREAD_COLUMNS = (
    *("kind", "name", "set", "collector_number", "scryfall_id"),
    *("finish", "condition", "language", "currency"),
    *("ask_marketplace", "ask", "ask_quantity", "ask_as_of"),
    *("bid_marketplace", "bid", "bid_currency", "bid_quantity", "bid_as_of"),
    *("bid_worth", "rate", "rate_on", "gross_percent"),
    *("paid", "got", "net", "net_percent"),
    *("quantity", "total_paid", "total_net", "first_seen", "last_seen", "flags"),
)


def spread_rows(form: SpreadsForm) -> Iterator[tuple[object, ...]]:
    """All gaps of the form's question as rows of SPREAD_COLUMNS, on whatever page."""
    return map(_row, spreads(**form.choices())[:])


def _row(one: Spread) -> tuple[object, ...]:
    card, ask, bid, trade = one.card, one.ask, one.bid, one.trade
    return (
        *(one.kind, card.name, card.set_code, card.collector_number),
        *(card.scryfall_id, one.finish, one.condition, one.language, one.currency),
        *(ask.marketplace, money_text(ask.price), ask.quantity),
        *(ask.as_of.isoformat(), bid.marketplace, money_text(bid.price)),
        *(bid.currency, bid.quantity, bid.as_of.isoformat()),
        *(money_text(one.bid_worth), one.rate, one.rate_on, one.gross_percent),
        *(money_text(trade.paid), money_text(trade.got), money_text(trade.net)),
        *(trade.net_percent, trade.quantity, money_text(trade.total_paid)),
        *(money_text(trade.total_net), one.first_seen.isoformat()),
        *(one.last_seen.isoformat(), " ".join(one.flags)),
    )
