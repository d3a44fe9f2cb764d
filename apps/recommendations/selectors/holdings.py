"""What somebody holds, as advice for owners sees it."""

from __future__ import annotations

from decimal import Decimal

from apps.inventory.models import Lot
from apps.prices.models import LatestPrice
from apps.prices.selectors import freshness
from apps.recommendations.maths.owner import Holding, Offer
from apps.settings.selectors import Preferences
from mtgintel.core.constants import Condition, Currency, Language, Side
from mtgintel.core.fees import net_proceeds

_Variant = tuple[int, str]


def owners() -> list[int]:
    """The ids of everybody who holds anything."""
    ids = Lot.objects.held().order_by("owner_id").values_list("owner_id", flat=True)
    return list(ids.distinct())


def holdings_of(user_id: int, preferences: Preferences) -> list[Holding]:
    """Near Mint English copies, one holding per variant and currency with a price.

    Played, graded, signed or altered copies and proxies are other goods than what is
    priced, and left out. The fees are those of `preferences`.
    """
    lots = Lot.objects.held().filter(
        owner_id=user_id,
        condition=Condition.NEAR_MINT,
        language=Language.ENGLISH,
        grade="",
        is_signed=False,
        is_altered=False,
        is_proxy=False,
    )
    by_variant: dict[_Variant, list[Lot]] = {}
    for lot in lots:
        by_variant.setdefault((lot.card_id, lot.finish), []).append(lot)
    offers = _offers({card_id for card_id, _ in by_variant}, preferences)
    found = []
    for variant, own in by_variant.items():
        for currency in Currency.values:
            holding = _holding(variant, own, currency, offers.get((*variant, currency)))
            if holding:
                found.append(holding)
    return found


def _holding(
    variant: _Variant, lots: list[Lot], currency: str, offers: list[Offer] | None
) -> Holding | None:
    asked = [one for one in offers or () if not one.is_buylist]
    if not asked:
        return None
    copies = sum(lot.remaining for lot in lots)
    costs = [
        lot.remaining * lot.unit_cost
        for lot in lots
        if lot.unit_cost is not None and lot.cost_currency == currency
    ]
    is_known = len(costs) == len(lots)
    return Holding(
        *variant,
        currency=currency,
        copies=copies,
        price=asked[0].price,
        unit_cost=sum(costs, Decimal(0)) / copies if is_known else None,
        offers=tuple(offers or ()),
    )


def _offers(
    card_ids: set[int], preferences: Preferences
) -> dict[tuple[int, str, str], list[Offer]]:
    """By card, finish and currency, the preferred stream first; none that is stale."""
    stale = {one.marketplace_id for one in freshness() if one.is_stale}
    rows = (
        LatestPrice.objects.of_streams_in_use()
        .of_cards(card_ids)
        .filter(condition=Condition.NEAR_MINT, language=Language.ENGLISH)
        .exclude(marketplace_id__in=stale)
        .preferred_first()
    )
    found: dict[tuple[int, str, str], list[Offer]] = {}
    for row in rows:
        is_buylist = row.marketplace.side == Side.BUYLIST
        fees = preferences.fee_profile(row.currency)
        left = net_proceeds(row.price, 1, fees, to_buylist=is_buylist)
        offer = Offer(row.marketplace.name, is_buylist, row.price, left)
        found.setdefault((row.card_id, row.finish, row.currency), []).append(offer)
    return found
