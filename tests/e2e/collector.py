"""Somebody to look at the pages of accounts with: a collection, wants and alerts.

Runs inside the site (`manage.py shell`), on the demo market.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from apps.alerts.kinds import OWNED, PERCENT, PRICE, RECOMMENDATION, SIGNAL, WANT
from apps.alerts.services.evaluate import evaluate
from apps.alerts.services.rules import create_alert
from apps.cards.models import Card
from apps.inventory.formats import Options
from apps.inventory.models import Lot
from apps.inventory.services.commits import advance
from apps.inventory.services.disposals import Departure, dispose
from apps.inventory.services.history import fill_values
from apps.inventory.services.imports import upload
from apps.inventory.services.wants import add_want
from apps.prices.models import LatestPrice

NAME, PASSWORD = "collector", "a long winding road"
HEADER = "Count,Name,Edition,Collector Number,Foil,Condition,Language,Purchase Price"
SHOP = "cardkingdom"
LOTS, SOLD, WANTED = 40, 4, 6
# What the import leaves to be decided.
UNCLEAR = [
    "3,Lightning Bolt,,,,Near Mint,English,1.50",
    "1,No Such Card,,,,Near Mint,English,2.00",
]


def fill() -> None:
    """Everything, in an empty account that may see the admin."""
    owner = User.objects.create_superuser(NAME, "collector@example.org", PASSWORD)
    cards = list(
        Card.objects.select_related("card_set").order_by("pk")[: LOTS + WANTED]
    )
    rows = [_row(number, card) for number, card in enumerate(cards[:LOTS])]
    _take_in(owner, [*rows, *UNCLEAR], is_commit_wanted=True)
    _take_in(owner, [*rows[:5], *UNCLEAR], is_commit_wanted=False)
    _spread_over_time(owner)
    _want(owner, cards[LOTS:])
    _watch(owner, cards)
    fill_values(user_id=owner.pk)
    evaluate()


def _row(number: int, card: Card) -> str:
    copies, cost = 1 + number % 4, _part_of_price(card, 70 + number % 5 * 12) or ""
    code, collected = card.card_set.code, card.collector_number
    return f'{copies},"{card.name}",{code},{collected},,Near Mint,English,{cost}'


def _part_of_price(card: Card, percent: int) -> Decimal | None:
    """So much of what a shop asks for it; None where it asks nothing."""
    asked = LatestPrice.objects.filter(card=card, marketplace__slug=SHOP).first()
    return round(asked.price * percent / 100, 2) if asked else None


def _take_in(owner: User, rows: list[str], *, is_commit_wanted: bool) -> None:
    batch = upload(
        owner=owner,
        text="\n".join([HEADER, *rows]),
        options=Options(currency="USD"),
        filename="collection.csv" if is_commit_wanted else "trades.csv",
        is_commit_wanted=is_commit_wanted,
    )
    advance(batch_id=batch.pk)


def _spread_over_time(owner: User) -> None:
    """Bought over months, kept in binders, some of it sold."""
    today = timezone.now().date()
    for number, lot in enumerate(Lot.objects.filter(owner=owner).order_by("pk")):
        lot.acquired_on = today - timedelta(days=150 - number * 3)
        lot.binder = ("Trades", "Modern", "Long term")[number % 3]
        lot.save()
        if number < SOLD:
            _sell(owner, lot, Decimal(number * 4 + 3))


def _sell(owner: User, lot: Lot, price: Decimal) -> None:
    went = Departure(
        quantity=1, unit_proceeds=price, currency="USD", recipient="A shop"
    )
    dispose(owner=owner, lot_id=lot.pk, went=went)


def _want(owner: User, cards: list[Card]) -> None:
    for number, card in enumerate(cards, 1):
        target = _part_of_price(card, 40 + number * 10)
        add_want(owner=owner, card=card, quantity=number % 3 + 1, target_price=target)


def _watch(owner: User, cards: list[Card]) -> None:
    for number, card in enumerate(cards[:4], 1):
        create_alert(
            owner=owner,
            kind=PRICE,
            card=card,
            direction="BELOW",
            threshold=Decimal(number * 5),
        )
    create_alert(
        owner=owner,
        kind=PERCENT,
        card=cards[5],
        direction="EITHER",
        window="7d",
        threshold=Decimal(10),
    )
    create_alert(owner=owner, kind=SIGNAL, scope=OWNED, threshold=Decimal("0.5"))
    create_alert(owner=owner, kind=RECOMMENDATION, scope=OWNED)
    create_alert(owner=owner, kind=WANT)
