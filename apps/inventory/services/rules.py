"""What a lot may be. Every complaint names its field and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.inventory.models import Lot
from apps.inventory.models.lots import MAX_COPIES, MAX_NOTES
from mtgintel.core.constants import Finish, Language

from .choices import finishes_of

MAX_BINDER = 120
MAX_AMOUNT = Decimal(1_000_000)
MAX_TAGS = 50
MAX_TAG = 60
# What parts tags in files.
_SEPARATORS = ",;|"

# What the owner may say of a lot; its card is what it is.
EDITABLE = (
    *("quantity", "finish", "condition", "language", "unit_cost", "cost_currency"),
    *("acquired_on", "source", "binder", "tags", "notes", "for_trade", "grade"),
    *("is_signed", "is_altered", "is_proxy", "is_misprint"),
)
# Checked below, in words of their own.
_OWN_RULES = ("quantity", "unit_cost", "cost_currency", "tags", "for_trade")


def check_lot(lot: Lot) -> None:
    """Raises ValidationError with what is wrong by field."""
    wrong: dict[str, list[str]] = {}
    others = {field.name for field in Lot._meta.fields} - {*EDITABLE}  # noqa: SLF001
    try:
        lot.clean_fields(exclude=[*others, *_OWN_RULES])
    except ValidationError as error:
        wrong |= error.message_dict
    for name, complaint in _complaints(lot):
        wrong.setdefault(name, []).append(complaint)
    if wrong:
        raise ValidationError(wrong)


def _complaints(lot: Lot) -> Iterator[tuple[str, str]]:
    yield from _copies(lot)
    yield from _goods(lot)
    yield from amount_complaints(
        "unit_cost", lot.unit_cost, "cost_currency", lot.cost_currency
    )
    if lot.acquired_on and lot.acquired_on > timezone.localdate():
        yield "acquired_on", "This day is yet to come; leave it empty if unknown."
    if len(lot.notes) > MAX_NOTES:
        yield "notes", f"{MAX_NOTES:,} characters at most."
    yield from (("tags", complaint) for complaint in tag_complaints(lot.tags))


def _copies(lot: Lot) -> Iterator[tuple[str, str]]:
    if not 1 <= lot.quantity <= MAX_COPIES:
        yield "quantity", f"Between 1 and {MAX_COPIES:,} copies."
    elif lot.quantity < lot.disposed:
        least = f"{lot.disposed:,} of these copies went"
        yield "quantity", f"{least}: that many at least, or take a sale back first."
    if not 0 <= lot.for_trade <= lot.quantity:
        yield "for_trade", "Between none and all copies of the lot."


def _goods(lot: Lot) -> Iterator[tuple[str, str]]:
    has = finishes_of(lot.card)
    if lot.finish in Finish.values and lot.finish not in has:
        known = " or ".join(Finish(one).label.lower() for one in has)
        yield "finish", f"{lot.card} exists as {known} only."
    is_known = lot.language in Language.values
    if is_known and lot.card.language not in (Language.ENGLISH, lot.language):
        language = lot.card.get_language_display()
        yield "language", f"This printing is {language}; add the other one instead."


def amount_complaints(
    name: str, amount: Decimal | None, currency_name: str, currency: str
) -> Iterator[tuple[str, str]]:
    """What is wrong with an amount and its currency, under their names."""
    if amount is None:
        if currency:
            yield name, "Say how much, or leave out the currency as well."
        return
    if not (amount.is_finite() and 0 <= amount <= MAX_AMOUNT):
        yield name, f"Between 0 and {MAX_AMOUNT:,}; leave it empty if unknown."
    elif amount != round(amount, 3):
        yield name, "Three decimals at most."
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        yield currency_name, "Say which currency it is, like USD."


def tag_complaints(tags: list[str] | tuple[str, ...]) -> Iterator[str]:
    if len(tags) > MAX_TAGS:
        yield f"{MAX_TAGS} tags at most."
    for tag in tags:
        if not tag.strip() or len(tag) > MAX_TAG:
            yield f"A tag has 1 to {MAX_TAG} characters."
        if any(sign in tag for sign in _SEPARATORS):
            yield "A tag has no comma, semicolon or bar in it; these part tags."
