"""Cards as vectors: what they are, what they say, and how their price behaves.

Pure. A vector has three parts, each of length 1 or, where nothing is known, all zeros:
attributes, rules text and price behaviour. They stand side by side, each times the
square root of its weight, so the product of two vectors is the weighted sum of the
parts' cosines, and a part that one of the cards lacks adds nothing either way.

Attributes and text are bags of weighted terms. Their TF-IDF vectors have thousands of
dimensions; they are projected onto the few in which the catalogue varies most, found
by orthogonal iteration from a fixed seed (Golub and Van Loan, Matrix Computations,
8.2.4). Nothing is learnt elsewhere, and the same cards give the same vectors.

The parts are kept as whole numbers up to LENGTH. Every product of two vectors is then
a whole number that 32-bit floats hold exactly, so any database and any processor get
the same similarity, in whatever order they add.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .words import CARD_TYPES, KEYWORDS, STOP_WORDS, SUPERTYPES

Array = NDArray[Any]
Bag = Mapping[str, float]

VERSION: Final = 1

# The places of each part, and how much it weighs. What a card is and does says more
# than three months of its price.
PARTS: Final = {
    "attributes": slice(0, 48),
    "text": slice(48, 128),
    "price": slice(128, 134),
}
WEIGHTS: Final = {"attributes": 0.40, "text": 0.45, "price": 0.15}
DIMENSIONS: Final = 134
# Of a whole vector. Its square is below 2^24, up to which 32-bit floats count by one.
LENGTH: Final = 4000

# Terms of rules texts share this many places: some 40,000 pairs of words are too many,
# and which they are changes with every set.
TEXT_PLACES: Final = 8192

_SEED: Final = 20_260_101
_ITERATIONS: Final = 4
# Rows that are dense in memory at once, 32 MB of them.
_ROWS: Final = 1024

# --- Attributes -------------------------------------------------------------------

_OLDEST_YEAR: Final = 1993
_YEARS_OF_ERA: Final = 4
_MOST_MANA: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a vector is made of.

    `type_line` (joined by "//") and `text` are those of all faces; `formats` are those
    it may be played in; `set_code` and `year` are of its first printing.
    """

    name: str
    type_line: str
    text: str
    colors: Sequence[str]
    identity: Sequence[str]
    mana_value: float | None
    rarity: str
    set_code: str
    year: int | None
    formats: Sequence[str]
    is_reserved: bool


def attributes(card: CardFacts) -> dict[str, float]:
    """A card's attributes, "kind:value", each with its weight before IDF."""
    bag: dict[str, float] = {}
    for kind, words in types_of(card.type_line).items():
        bag |= {f"{kind}:{word}": _TYPE_WEIGHTS[kind] for word in words}
    bag |= {f"keyword:{word}": 1.5 for word in keywords_of(card.text)}
    bag |= {f"color:{one}": 1.2 for one in card.colors or ["none"]}
    bag |= {f"identity:{one}": 0.6 for one in card.identity or ["none"]}
    bag |= {f"format:{one}": 0.25 for one in card.formats}
    bag |= _near("mana", card.mana_value, _MOST_MANA)
    if card.year is not None:
        bag |= _near("era", (card.year - _OLDEST_YEAR) / _YEARS_OF_ERA, 99)
    if card.rarity:
        bag[f"rarity:{card.rarity}"] = 0.7
    if card.set_code:
        bag[f"set:{card.set_code}"] = 0.3
    if card.is_reserved:
        bag["reserved"] = 0.5
    return bag


_TYPE_WEIGHTS: Final = {"supertype": 0.8, "type": 2.5, "subtype": 1.5}


def types_of(type_line: str) -> dict[str, set[str]]:
    """The words of the type line in lower case: supertype, type and subtype."""
    found: dict[str, set[str]] = {"supertype": set(), "type": set(), "subtype": set()}
    for face in type_line.lower().split("//"):
        before, _, after = face.partition("—")
        for word in before.split():
            kind = "supertype" if word in SUPERTYPES else "type"
            if kind == "supertype" or word in CARD_TYPES:
                found[kind].add(word)
        found["subtype"].update(after.split())
    return found


_LIST_OF_KEYWORDS = re.compile(r"[,;\n]| ?— ?| \{|, and | and ")


def keywords_of(text: str) -> set[str]:
    """The keyword abilities that a rules text begins a line or an item of a list with:
    "Flying, ward {2}" has two, "Destroy target creature with flying" none."""
    found = set()
    for part in _LIST_OF_KEYWORDS.split(_REMINDER.sub("", text).lower()):
        words = part.split()
        if not words or len(words) > _LONGEST_KEYWORD_PHRASE:
            continue
        found.update({words[0], " ".join(words[:2])} & KEYWORDS)
    return found


_LONGEST_KEYWORD_PHRASE: Final = 4
_REMINDER = re.compile(r"\([^)]*\)")


def _near(kind: str, value: float | None, most: int) -> dict[str, float]:
    """A number as the steps about it, so that 3 is more like 4 than like 8."""
    if value is None:
        return {}
    step = min(round(value), most)
    return {f"{kind}:{step - 1}": 0.4, f"{kind}:{step}": 0.8, f"{kind}:{step + 1}": 0.4}


# --- Text -------------------------------------------------------------------------

_WORD = re.compile(r"\{[^}]+\}|[+−-]\d+/[+−-]\d+|~|[a-z]+(?:'[a-z]+)?|\d+")


def text_terms(text: str, name: str) -> Counter[str]:
    """The words of a rules text and the pairs of neighbours, counted.

    Without reminder text and stop words; "~" stands for the card's own name.
    """
    plain = _REMINDER.sub(" ", text).lower()
    own = name.lower()
    for called in (own, own.partition(" // ")[0], own.partition(",")[0]):
        plain = plain.replace(called, "~")
    words = [word for word in _WORD.findall(plain) if word not in STOP_WORDS]
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    return Counter(words + pairs)


def text_bag(text: str, name: str) -> dict[str, float]:
    """The terms with sublinear counts: what is said twice is not twice as true."""
    return {term: 1 + log(n) for term, n in text_terms(text, name).items()}


def text_place(term: str) -> int:
    return crc32(term.encode()) % TEXT_PLACES


# --- Bags to vectors --------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Bags as a sparse matrix: `columns` and `values` of each row from `starts` on."""

    starts: Array
    columns: Array
    values: Array
    places: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def idf(self) -> Array:
        """1 + ln((1 + bags) / (1 + bags with the term)), float32 by place."""
        seen = np.bincount(self.columns, minlength=self.places)
        return (1 + np.log((1 + len(self)) / (1 + seen))).astype(np.float32)

    def weighted(self, idf: Array) -> Bags:
        """Each value times its term's IDF, each row of length 1."""
        values = self.values * idf[self.columns]
        rows = np.repeat(np.arange(len(self)), np.diff(self.starts))
        lengths = np.sqrt(np.bincount(rows, values * values, minlength=len(self)))
        values = (values / lengths[rows]).astype(np.float32)
        return Bags(self.starts, self.columns, values, self.places)

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """The matrix, some dense rows at a time."""
        for first in range(0, len(self), _ROWS):
            last = min(first + _ROWS, len(self))
            part = slice(self.starts[first], self.starts[last])
            rows = np.repeat(
                np.arange(last - first), np.diff(self.starts[first : last + 1])
            )
            block = np.zeros((last - first, self.places), np.float32)
            block[rows, self.columns[part]] = self.values[part]
            yield slice(first, last), block


def text_bags(bags: Sequence[Bag]) -> Bags:
    """Terms at the places their names lead to; terms that share one are added up."""
    merged = [_merged({}, bag) for bag in bags]
    return _sparse(merged, TEXT_PLACES)


def _merged(found: dict[int, float], bag: Bag) -> dict[int, float]:
    for term, weight in bag.items():
        place = text_place(term)
        found[place] = found.get(place, 0.0) + weight
    return found


def attribute_bags(bags: Sequence[Bag]) -> Bags:
    """Every term that occurs at a place of its own."""
    place = {term: i for i, term in enumerate(sorted({t for bag in bags for t in bag}))}
    placed = [{place[term]: weight for term, weight in bag.items()} for bag in bags]
    return _sparse(placed, len(place))


def _sparse(bags: Sequence[Mapping[int, float]], places: int) -> Bags:
    sizes = [len(bag) for bag in bags]
    return Bags(
        starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        columns=np.fromiter((p for bag in bags for p in bag), np.int64, sum(sizes)),
        values=np.fromiter(
            (v for bag in bags for v in bag.values()), np.float64, sum(sizes)
        ),
        places=places,
    )


def projected(bags: Bags, dimensions: int) -> Array:
    """The rows in the `dimensions` directions in which they vary most, each of length
    1; float32 (bags, dimensions). An empty bag stays all zeros."""
    random = np.random.default_rng(_SEED)
    start = random.standard_normal((bags.places, min(dimensions, bags.places)))
    basis = _orthogonal(start.astype(np.float32))
    for _ in range(_ITERATIONS):
        basis = _orthogonal(_spread(bags, basis))
    found = np.zeros((len(bags), dimensions), np.float32)
    for rows, block in bags.blocks():
        found[rows, : basis.shape[1]] = block @ basis
    return unit(found)


def _spread(bags: Bags, basis: Array) -> Array:
    """(matrix transposed × matrix) × basis."""
    total = np.zeros_like(basis)
    for _, block in bags.blocks():
        total += block.T @ (block @ basis)
    return total


def _orthogonal(columns: Array) -> Array:
    return np.linalg.qr(columns)[0]


def unit(rows: Array) -> Array:
    """Each row at length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


# --- Price behaviour --------------------------------------------------------------

# The figures of a price, in the order of its part after the constant.
PRICE_FIGURES: Final = ("level", "return_7d", "return_30d", "return_90d", "volatility")
_FURTHEST: Final = 3.0


def price_part(figures: Array) -> Array:
    """Figures, float (cards, 5) in the order of PRICE_FIGURES with NaN for unknown, as
    vectors of length 1; all zeros for cards of which nothing is known.

    Each figure counts as its distance from the median, in robust standard deviations
    up to 3; an unknown one as none. The constant 1 beside them makes ordinary prices
    like one another, whichever way they are slightly off.
    """
    known = ~np.isnan(figures)
    scores = np.zeros(figures.shape, np.float32)
    for column in range(figures.shape[1]):
        mask = known[:, column]
        if mask.any():
            scores[mask, column] = _scores(figures[mask, column])
    part = np.concatenate([np.ones((len(figures), 1), np.float32), scores], axis=1)
    part[~known.any(axis=1)] = 0
    return unit(part)


def _scores(values: Array) -> Array:
    middle = np.median(values)
    # 1.4826 times the median distance is the standard deviation of normal values.
    width = 1.4826 * np.median(np.abs(values - middle)) or np.std(values) or 1.0
    return np.clip((values - middle) / width, -_FURTHEST, _FURTHEST)


def grouped_medians(group: Array, values: Array, groups: int) -> Array:
    """The median of each group's known values, float64 (groups,); NaN without one."""
    known = ~np.isnan(values)
    group, values = group[known], values[known]
    order = np.lexsort((values, group))
    group, values = group[order], values[order]
    found = np.full(groups, np.nan)
    present, start, count = np.unique(group, return_index=True, return_counts=True)
    low, high = start + (count - 1) // 2, start + count // 2
    found[present] = (values[low] + values[high]) / 2
    return found


# --- Whole vectors ----------------------------------------------------------------


def joined(parts: Mapping[str, Array]) -> Array:
    """The parts of length 1 side by side as whole numbers, float32 (cards, 134)."""
    rows = len(next(iter(parts.values())))
    whole = np.zeros((rows, DIMENSIONS), np.float32)
    for name, where in PARTS.items():
        whole[:, where] = np.round(parts[name] * (sqrt(WEIGHTS[name]) * LENGTH))
    return whole


def cosines(card: Array, others: Array) -> dict[str, Array]:
    """The cosine of each part of `card` (134,) with that of `others` (n, 134); NaN
    where either knows nothing."""
    found = {}
    for name, where in PARTS.items():
        one = card[where].astype(np.float64)
        rest = others[:, where].astype(np.float64)
        lengths = np.linalg.norm(one) * np.linalg.norm(rest, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[name] = np.where(lengths > 0, (rest @ one) / lengths, np.nan)
    return found


def similarity(product: float | Array) -> Any:
    """The weighted sum of the cosines, out of the product of two whole vectors."""
    return product / (LENGTH * LENGTH)


def shared_terms(one: Bag, two: Bag, idf: Array, count: int) -> list[str]:
    """The terms both bags have that add most to their cosine, the heaviest first.

    A word whose pair with a neighbour is among them is not named again.
    """
    weight = {
        term: one[term] * two[term] * float(idf[text_place(term)]) ** 2
        for term in one.keys() & two.keys()
    }
    found: list[str] = []
    for term in sorted(weight, key=lambda term: (-weight[term], " " not in term, term)):
        words = set(term.split())
        if not any(words & set(other.split()) for other in found):
            found.append(term)
        if len(found) == count:
            break
    return found
