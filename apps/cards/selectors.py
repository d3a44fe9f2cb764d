"""Finding printings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Max, Min

from .models import Card, CardMigration
from .querysets import CardQuerySet

# Scryfall's play formats.
PLAY_FORMATS = (
    "standard",
    "pioneer",
    "modern",
    "legacy",
    "vintage",
    "commander",
    "pauper",
    "alchemy",
    "brawl",
    "duel",
    "future",
    "gladiator",
    "historic",
    "oathbreaker",
    "oldschool",
    "paupercommander",
    "penny",
    "predh",
    "premodern",
    "standardbrawl",
    "timeless",
)

# As many digits as a key can have; Python refuses to read some thousands of them.
_PRIMARY_KEY = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSearch:
    """What is searched for; an empty string leaves that question open.

    `color` is a run of WUBRG letters, or C for colourless; `format` one of
    PLAY_FORMATS; `finish` and `language` are enum values.
    """

    q: str = ""
    set: str = ""
    rarity: str = ""
    color: str = ""
    format: str = ""
    finish: str = ""
    language: str = ""


def search_cards(search: CardSearch) -> CardQuerySet:
    """Printings that match, the best match first; by name without a text.

    A set code and number ("mh2 138") finds that printing; any other text is looked
    for in the names.
    """
    cards = _filtered(search)
    if not search.q.strip():
        return cards.order_by("name", F("released_on").desc(nulls_last=True), "id")
    numbered = cards.numbered(search.q)
    if numbered.exists():
        return numbered.order_by("id")
    return cards.named_like(search.q).best_match_first()


def _filtered(search: CardSearch) -> CardQuerySet:
    cards = Card.objects.present().with_set()
    if search.set:
        cards = cards.filter(card_set__code=search.set.lower())
    if search.rarity:
        cards = cards.filter(rarity=search.rarity)
    if search.color:
        cards = cards.with_colors(search.color)
    if search.format:
        cards = cards.legal_in(search.format)
    if search.finish:
        cards = cards.filter(finishes__contains=[search.finish])
    if search.language:
        cards = cards.filter(language=search.language)
    return cards


def autocomplete(q: str, limit: int = 10) -> list[str]:
    """Names for what has been typed so far, each once, the best match first."""
    if not q.strip():
        return []
    names = (
        Card.objects.present()
        .named_like(q)
        .values("name")
        .annotate(best_rank=Min("name_rank"), closeness=Max("name_similarity"))
        .order_by("best_rank", "-closeness", "name")
    )
    return [row["name"] for row in names[:limit]]


def get_card(id_or_uuid: str | int | UUID) -> Card:
    """A printing by primary key or Scryfall id; an id Scryfall merged leads to the
    printing it was merged into. Raises Card.DoesNotExist.
    """
    cards = Card.objects.select_related("card_set")
    text = str(id_or_uuid)
    if _PRIMARY_KEY.fullmatch(text):
        return cards.get(pk=int(text))
    try:
        scryfall_id = UUID(text)
    except ValueError:
        raise Card.DoesNotExist(f"{text!r} is neither a number nor a UUID") from None
    try:
        return cards.get(scryfall_id=scryfall_id)
    except Card.DoesNotExist:
        successor = _merged_into(scryfall_id)
        if successor is None:
            raise
        return cards.get(scryfall_id=successor)


def _merged_into(scryfall_id: UUID) -> UUID | None:
    return (
        CardMigration.objects.filter(
            old_scryfall_id=scryfall_id, strategy=CardMigration.Strategy.MERGE
        )
        .order_by("-performed_on")
        .values_list("new_scryfall_id", flat=True)
        .first()
    )


def printings_of(card: Card) -> CardQuerySet:
    """Every printing of the same card, this one too, the newest first."""
    printings = Card.objects.with_set()
    if card.oracle_id is None:
        return printings.filter(pk=card.pk)
    return (
        printings.present()
        .filter(oracle_id=card.oracle_id)
        .order_by(F("released_on").desc(nulls_last=True), "id")
    )
