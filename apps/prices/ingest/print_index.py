"""Printings by what is written on them: set, collector number, name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apps.cards.models import Card
from apps.cards.querysets import fold_name

from .identity import CardFacts

_FACES = " // "
_SLASHES = re.compile(r"\s*/{1,2}\s*")
_OF_TOTAL = re.compile(r"(\d+[a-z]?)/\d+")


def number_key(number: str) -> str:
    """A collector number however it is written: "#007/303" -> "7"."""
    bare = number.strip().casefold().lstrip("#").strip()
    of_total = _OF_TOTAL.fullmatch(bare)
    return (of_total[1] if of_total else bare).lstrip("0") or bare


def name_key(name: str) -> str:
    """A name however its faces are parted: "Fire/Ice" -> "fire // ice"."""
    return _SLASHES.sub(_FACES, fold_name(name))


Found = dict[str, list[CardFacts]]
FoundInSet = dict[tuple[str, str], list[CardFacts]]


@dataclass(frozen=True, slots=True)
class PrintIndex:
    """`codes` are the codes of the sets that a code or name may mean. A name is a
    whole one before it is that of a face."""

    codes: dict[str, set[str]] = field(default_factory=dict)
    numbers: FoundInSet = field(default_factory=dict)
    names: Found = field(default_factory=dict)
    faces: Found = field(default_factory=dict)
    names_in_set: FoundInSet = field(default_factory=dict)
    faces_in_set: FoundInSet = field(default_factory=dict)

    def sets(self, *said: str) -> set[str]:
        """The set that the first known one of these codes or names means."""
        for one in said:
            codes = self.codes.get(fold_name(one))
            if codes:
                return codes
        return set()

    def numbered(self, codes: Iterable[str], number: str) -> list[CardFacts]:
        key = number_key(number)
        return [card for code in codes for card in self.numbers.get((code, key), ())]

    def named(self, name: str) -> list[CardFacts]:
        """The printings of this name or, where there are none, with such a face."""
        key = name_key(name)
        return self.names.get(key) or self.faces.get(key, [])

    def called(self, name: str) -> list[CardFacts]:
        """Every printing that the name, or that of a face, speaks of."""
        key = name_key(name)
        return [*self.names.get(key, ()), *self.faces.get(key, ())]

    def named_in(self, codes: Iterable[str], name: str) -> list[CardFacts]:
        keys = [(code, name_key(name)) for code in codes]
        whole = [card for key in keys for card in self.names_in_set.get(key, ())]
        faces = (card for key in keys for card in self.faces_in_set.get(key, ()))
        return whole or list(faces)


def load_print_index(
    cards: Mapping[str, CardFacts], *, with_digital: bool = False
) -> PrintIndex:
    """The printings on paper; `with_digital` those that are on no paper as well."""
    by_id = {facts.id: facts for facts in cards.values()}
    index = PrintIndex()
    printings = Card.objects.present()
    if not with_digital:
        printings = printings.filter(is_digital=False)
    rows = (
        printings.order_by()
        .values_list(
            "id",
            "card_set__code",
            "card_set__name",
            "collector_number",
            "search_name",
        )
        .iterator(chunk_size=10_000)
    )
    for card_id, code, set_name, number, name in rows:
        _add(index, by_id[card_id], code or "", number, name)
        for said in (code, set_name):
            if said:
                index.codes.setdefault(fold_name(said), set()).add(code)
    return index


def _add(index: PrintIndex, card: CardFacts, code: str, number: str, name: str) -> None:
    index.numbers.setdefault((code, number_key(number)), []).append(card)
    index.names.setdefault(name, []).append(card)
    index.names_in_set.setdefault((code, name), []).append(card)
    for face in name.split(_FACES) if _FACES in name else ():
        index.faces.setdefault(face, []).append(card)
        index.faces_in_set.setdefault((code, face), []).append(card)
