"""Which card a feed means by an id."""

from __future__ import annotations

from dataclasses import dataclass

from apps.cards.models import Card, CardIdentifier, CardMigration, IdentifierSource

from .base import FINISH_CODE, LANGUAGE_CODE


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What an adapter needs to know of a card. `finish_mask` has a bit per finish."""

    id: int
    finish_mask: int
    language: int
    is_ambiguous: bool = False

    def has_finish(self, code: int) -> bool:
        """Whether the card exists in a finish; any, when its finishes are unknown."""
        return not self.finish_mask or bool(self.finish_mask >> code & 1)


def finish_mask(finishes: list[str]) -> int:
    return sum(1 << FINISH_CODE[finish] for finish in set(finishes))


def cards_by_scryfall_id() -> dict[str, CardFacts]:
    """Every card by its Scryfall id; an id that was merged away leads to the card it
    was merged into, however often."""
    cards = {
        str(scryfall_id): CardFacts(
            card_id, finish_mask(finishes), LANGUAGE_CODE[language]
        )
        for card_id, scryfall_id, finishes, language in Card.objects.order_by()
        .values_list("id", "scryfall_id", "finishes", "language")
        .iterator(chunk_size=10_000)
    }
    merged = merged_ids()
    for old, new in merged.items():
        if new in cards:
            cards[old] = cards[new]
    return cards


def merged_ids() -> dict[str, str]:
    """Old Scryfall id -> the id it ended up as, chains followed to their end."""
    steps = {
        str(old): str(new)
        for old, new in CardMigration.objects.filter(
            strategy=CardMigration.Strategy.MERGE
        )
        .order_by("performed_on", "id")
        .values_list("old_scryfall_id", "new_scryfall_id")
    }
    return {old: follow(old, steps) for old in steps}


def follow(start: str, steps: dict[str, str]) -> str:
    """The end of the chain that begins at `start`; a circle ends where it closes."""
    seen = {start}
    here = start
    while here in steps and steps[here] not in seen:
        here = steps[here]
        seen.add(here)
    return here


def cards_by_mtgjson_uuid() -> dict[str, CardFacts]:
    """Every MTGJSON uuid we know by the card it is.

    A uuid that AllIdentifiers gave decides; one it did not is tried as a Scryfall id.
    A uuid that names two cards is ambiguous: its prices are nobody's.
    """
    cards = cards_by_scryfall_id()
    by_id = {facts.id: facts for facts in cards.values()}
    found: dict[str, CardFacts] = {}
    rows = (
        CardIdentifier.objects.filter(source=IdentifierSource.MTGJSON)
        .order_by()
        .values_list("external_id", "card_id")
        .iterator(chunk_size=10_000)
    )
    for uuid, card_id in rows:
        facts = by_id.get(card_id)
        if facts is None:
            continue
        if uuid in found and found[uuid].id != facts.id:
            facts = CardFacts(facts.id, 0, facts.language, is_ambiguous=True)
        found[uuid] = facts
    return {**cards, **found}
