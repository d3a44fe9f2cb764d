"""Which cards are like a card, and why, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import expm1, isnan
from uuid import UUID

from apps.cards.models import Card
from apps.market.maths.vectors import (
    PARTS,
    cosines,
    keywords_of,
    shared_terms,
    text_bag,
    types_of,
)
from mtgintel.core import cache
from mtgintel.core.replica import connection

from .vectors import Build, Neighbourhood, nearest, newest_build

MAX_SIMILAR = 24
# A card may have gone since the vectors were made: so many more are looked for.
_SPARE = 6
_TERMS = 4
# A price part that is so much alike is worth a word.
_ALIKE = 0.7
# A move of less than this, as a log, is called none.
_CALM = 0.02
# The longest time first: of two returns over 30 days more is known than over 7.
_WINDOWS = {"30d": "30 days", "90d": "90 days", "7d": "7 days"}
_WHAT_LACKS = {
    "text": "The catalogue has no rules text of this card.",
    "price": "No price of this card is known, so price behaviour counts neither way.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarCard:
    """A card like another, by the printing that stands for it.

    `similarity` is the weighted sum of the parts' cosines, at most 1; a part is None
    where one of the two cards has nothing to compare. `reasons` are sentences, the
    strongest part's first.
    """

    card: Card
    similarity: float
    attributes: float | None
    text: float | None
    price: float | None
    reasons: tuple[str, ...]

    @property
    def percent(self) -> int:
        return round(100 * self.similarity)

    @property
    def parts(self) -> dict[str, int]:
        """The cosine of each part that both cards have, in percent."""
        cosines_of = {
            "attributes": self.attributes,
            "text": self.text,
            "price": self.price,
        }
        return {
            name: round(100 * cosine)
            for name, cosine in cosines_of.items()
            if cosine is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarCards:
    """The cards most like one, the most similar first. `notes` say what could not be
    compared; `built_at` is when the vectors were made, None before the first time."""

    built_at: datetime | None
    version: int | None
    notes: tuple[str, ...]
    cards: tuple[SimilarCard, ...]


# {window: log return}, as far as they are known.
_Returns = Mapping[str, float]


def similar_cards(card: Card, limit: int = 8) -> SimilarCards:
    """The cards like `card` that are not printings of it."""
    return cache.get_or_compute(
        f"market.similar:{card.pk}:{limit}", lambda: _similar_cards(card, limit)
    )


def _similar_cards(card: Card, limit: int) -> SimilarCards:
    build = newest_build()
    oracle_id = card.oracle_id
    near = nearest(oracle_id, limit + _SPARE, build) if build and oracle_id else None
    if build is None or near is None:
        return SimilarCards(
            built_at=build.built_at if build else None,
            version=build.version if build else None,
            notes=(_why_nothing(card, build),),
            cards=(),
        )
    return SimilarCards(
        built_at=build.built_at,
        version=build.version,
        notes=tuple(
            note
            for part, note in _WHAT_LACKS.items()
            if not near.components[PARTS[part]].any()
        ),
        cards=_compared(card, near, build)[:limit],
    )


def _why_nothing(card: Card, build: Build | None) -> str:
    if build is None:
        return "Cards have not been compared yet; that happens in the background."
    if card.oracle_id is None:
        return "The catalogue does not say which card this is a printing of."
    return "This card came after the last comparison; the next one brings it in."


def _compared(card: Card, near: Neighbourhood, build: Build) -> tuple[SimilarCard, ...]:
    found = near.neighbours
    cards = Card.objects.with_set().present().in_bulk([one.card_id for one in found])
    returns = _returns_of([card.oracle_id, *(one.oracle_id for one in found)])
    similar = []
    for one in found:
        other = cards.get(one.card_id)
        if other is None:
            continue
        parts = {
            name: None if isnan(each[0]) else round(float(each[0]), 4)
            for name, each in cosines(near.components, one.components[None]).items()
        }
        moves = (returns[card.oracle_id], returns[one.oracle_id])
        similar.append(
            SimilarCard(
                card=other,
                similarity=round(one.similarity, 4),
                reasons=tuple(_reasons(card, other, build, parts["price"], *moves)),
                **parts,
            )
        )
    return tuple(similar)


def _returns_of(oracle_ids: Iterable[UUID | None]) -> dict[UUID | None, _Returns]:
    """What is known of each card's returns."""
    columns = ", ".join(f"return_{window}" for window in _WINDOWS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT oracle_id, {columns} FROM card_vectors "  # noqa: S608 (all of it our own)
            "WHERE oracle_id = ANY(%s)",
            [list(oracle_ids)],
        )
        return {
            oracle_id: {
                window: value
                for window, value in zip(_WINDOWS, values, strict=True)
                if value is not None
            }
            for oracle_id, *values in cursor
        }


def _reasons(
    card: Card,
    other: Card,
    build: Build,
    price: float | None,
    own_returns: _Returns,
    other_returns: _Returns,
) -> Iterable[str]:
    types = _shared_types(card, other)
    if types:
        yield f"Shared types: {', '.join(types)}."
    keywords = keywords_of(rules_text(card)) & keywords_of(rules_text(other))
    if keywords:
        yield f"Shared keywords: {', '.join(sorted(keywords))}."
    terms = _shared_words(card, other, build)
    if terms:
        yield f"Both texts say: {', '.join(terms)}."
    moved = moved_alike(own_returns, other_returns)
    if moved and price is not None and price >= _ALIKE:
        yield moved


def _shared_types(card: Card, other: Card) -> list[str]:
    one, two = types_of(card.type_line), types_of(other.type_line)
    return [word.capitalize() for kind in one for word in sorted(one[kind] & two[kind])]


def _shared_words(card: Card, other: Card, build: Build) -> list[str]:
    bags = [text_bag(rules_text(each), each.name) for each in (card, other)]
    one, two = ({t: n for t, n in bag.items() if len(t) > 1} for bag in bags)
    terms = shared_terms(one, two, build.idf, _TERMS)
    return [f"“{term.replace('~', 'its name')}”" for term in terms]


def rules_text(card: Card) -> str:
    """The rules text of all faces."""
    faces = (face.get("oracle_text", "") for face in card.faces)
    return card.oracle_text or "\n".join(filter(None, faces))


def moved_alike(one: _Returns, two: _Returns) -> str:
    """What both prices did over the first window that both are known over; nothing
    where one moved less than half as far as the other, or the other way."""
    both = [window for window in _WINDOWS if window in one and window in two]
    if not both:
        return ""
    moves, words = (one[both[0]], two[both[0]]), _WINDOWS[both[0]]
    if max(map(abs, moves)) < _CALM:
        return f"Both prices stayed within 2% over {words}."
    if abs(moves[0] - moves[1]) > max(map(abs, moves)) / 2:
        return ""
    shown = " and ".join(f"{100 * expm1(move):+.0f}%" for move in moves)
    return f"Both prices moved alike over {words}: {shown.replace('-', '−')}."
