"""What the gap between two prices is worth, before fees and after.

    gross % = 100 · (bid − ask) / ask
    net     = what the bid brings in − what the ask costs, under a fee profile

Pure. `ask` and `bid` are in one currency, that of the profile. Of a gap between
buylists the ask is the lower offer: what one forgoes by selling to that shop.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mtgintel.core.changes import percent_change
from mtgintel.core.fees import FeeProfile, Terms, purchase_terms, sale_terms

ARBITRAGE, BUYLIST_GAP, REGION_GAP = "arbitrage", "buylist-gap", "region-gap"
KINDS = {
    ARBITRAGE: "Shop to buylist",
    BUYLIST_GAP: "Between buylists",
    REGION_GAP: "US ↔ Europe",
}
# A bid of more than twice the ask: more often a price of something else than a gift.
WIDE_PERCENT = Decimal(100)


def gross_percent(ask: Decimal, bid: Decimal) -> Decimal | None:
    """Two decimals; None without an ask above 0."""
    return percent_change(ask, bid)


def capacity(
    kind: str, ask_quantity: int | None, bid_quantity: int | None
) -> int | None:
    """How many copies the gap is open for; None where nobody says.

    The smaller of what is offered and what is wanted, as far as they are told. Between
    buylists it is what the better one wants.
    """
    told = [bid_quantity] if kind == BUYLIST_GAP else [ask_quantity, bid_quantity]
    return min((one for one in told if one is not None), default=None)


def terms(
    kind: str, profile: FeeProfile, *, to_buylist: bool = True
) -> tuple[Terms, Terms]:
    """What an ask costs and what a bid brings in, per card.

    `to_buylist`: the bid is a shop's; otherwise one sells on a marketplace, which only
    happens across regions, as does the exchange of what was earned.
    """
    if kind == BUYLIST_GAP:
        sale = sale_terms(profile, to_buylist=True)
        return sale, sale
    is_exchanged = kind == REGION_GAP
    return purchase_terms(profile), sale_terms(
        profile, to_buylist=to_buylist, is_exchanged=is_exchanged
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A gap after fees: per card, and for the `quantity` it is open for, if known.

    `paid` is what a card costs (of a gap between buylists, what the lower offer brings
    in) and `total_paid` the capital it takes.
    """

    paid: Decimal
    got: Decimal
    quantity: int | None
    total_paid: Decimal | None
    total_net: Decimal | None

    @property
    def net(self) -> Decimal:
        return self.got - self.paid

    @property
    def net_percent(self) -> Decimal | None:
        """Of what is paid; None where that is nothing."""
        return percent_change(self.paid, self.got)


def trade(
    costs: Terms, earns: Terms, ask: Decimal, bid: Decimal, quantity: int | None
) -> Trade:
    """What buying at `ask` and selling at `bid` comes to."""
    total_paid = total_net = None
    if quantity is not None:
        total_paid = costs.of(ask, quantity)
        total_net = earns.of(bid, quantity) - total_paid
    return Trade(
        paid=costs.of(ask),
        got=earns.of(bid),
        quantity=quantity,
        total_paid=total_paid,
        total_net=total_net,
    )
