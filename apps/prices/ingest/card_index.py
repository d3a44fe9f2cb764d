"""Which printing, in which finish, a vendor's product is: looked up, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.cards.models import CardIdentifier
from mtgintel.core.constants import Finish

from .base import FINISH_CODE
from .identity import CardFacts, cards_by_scryfall_id

NONFOIL = FINISH_CODE[Finish.NONFOIL]
FOIL = FINISH_CODE[Finish.FOIL]
ETCHED = FINISH_CODE[Finish.ETCHED]


class RowError(ValueError):
    """A row that cannot be taken, and why. `candidates` are the ids of the cards that
    may be meant."""

    def __init__(self, reason: str, candidates: Sequence[int] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.candidates = tuple(candidates)


class UnresolvedError(RowError):
    """No one printing is meant, or not in that finish."""


@dataclass(frozen=True, slots=True)
class Named:
    """A card that an id names; `finish` when the id stands for that finish only."""

    card: CardFacts
    finish: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The card a product is, and the finish of it."""

    card: CardFacts
    finish: int


@dataclass(frozen=True, slots=True)
class CardIndex:
    """Cards by Scryfall id, and by the ids of some vendors: source -> id -> cards."""

    by_scryfall_id: Mapping[str, CardFacts] = field(default_factory=dict)
    by_vendor_id: Mapping[str, Mapping[str, Sequence[Named]]] = field(
        default_factory=dict
    )

    def scryfall(self, scryfall_id: str | None, finish: int) -> Placed:
        """The card of a Scryfall id. Raises UnresolvedError."""
        card = self.by_scryfall_id.get((scryfall_id or "").lower())
        if card is None:
            raise UnresolvedError("unknown card")
        return only_one([Named(card)], finish)

    def vendor(self, source: str, external_id: object, finish: int | None) -> Placed:
        """The card of a vendor's id; `finish` None where the id itself decides.

        An id may name several cards and still mean one: with a foil that is a printing
        of its own, the finish tells them apart. Raises UnresolvedError.
        """
        named = self.by_vendor_id.get(source, {}).get(str(external_id))
        if not named:
            raise UnresolvedError("unknown card")
        return only_one(named, finish)


def clamped(card: CardFacts, finish: int) -> int | None:
    """The finish a vendor means by foil or nonfoil, or None if the card has no such.

    Vendors that know only foil and nonfoil call the etched copies foil.
    """
    if card.has_finish(finish):
        return finish
    if finish == FOIL and card.has_finish(ETCHED):
        return ETCHED
    return None


def only_one(named: Sequence[Named], finish: int | None) -> Placed:
    """The one of these cards that exists in this finish. Raises UnresolvedError."""
    found = {
        (one.card.id, placed): Placed(one.card, placed)
        for one in named
        if (placed := _finish(one, finish)) is not None
    }
    if len(found) == 1:
        return next(iter(found.values()))
    candidates = sorted({one.card.id for one in named})
    if not found:
        raise UnresolvedError("impossible finish", candidates)
    raise UnresolvedError("ambiguous card", candidates)


def _finish(named: Named, wanted: int | None) -> int | None:
    card, only = named.card, named.finish
    if only is None:
        return clamped(card, NONFOIL if wanted is None else wanted)
    is_meant = wanted in (None, only) or (wanted == FOIL and only == ETCHED)
    return only if is_meant and card.has_finish(only) else None


def load_card_index(sources: Iterable[str]) -> CardIndex:
    """The whole catalogue by Scryfall id and by the ids of these vendors."""
    cards = cards_by_scryfall_id()
    by_id = {facts.id: facts for facts in cards.values()}
    found: dict[str, dict[str, list[Named]]] = {source: {} for source in sources}
    rows = (
        CardIdentifier.objects.filter(source__in=found)
        .order_by()
        .values_list("source", "external_id", "card_id", "finish")
        .iterator(chunk_size=10_000)
    )
    for source, external_id, card_id, finish in rows:
        facts = by_id.get(card_id)
        if facts is not None:
            named = Named(facts, None if finish is None else FINISH_CODE[finish])
            found[source].setdefault(external_id, []).append(named)
    return CardIndex(cards, found)
