"""Row-level questions about printings."""

from __future__ import annotations

import re
import unicodedata

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db import models
from django.db.models import Case, F, Q, Value, When

# Shorter than this, similarity means nothing and the trigram index finds nothing.
FUZZY_FROM = 3
_FACES = " // "
_SET_AND_NUMBER = re.compile(r"([a-z0-9]{2,8})[ #/]+(\S{1,20})")


def fold_name(name: str) -> str:
    """Lower case without accents: "Lim-Dûl's Vault" -> "lim-dul's vault"."""
    decomposed = unicodedata.normalize(
        "NFKD", name.replace("Æ", "Ae").replace("æ", "ae")
    )
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


class CardQuerySet(models.QuerySet):
    def present(self) -> CardQuerySet:
        """Printings that Scryfall still lists."""
        return self.filter(removed_at=None)

    def with_set(self) -> CardQuerySet:
        """The set comes by a query of its own: joined, it would be matched with every
        row that is sorted away."""
        return self.prefetch_related("card_set")

    def numbered(self, text: str) -> CardQuerySet:
        """The printings that a set code and collector number name: "mh2 138"."""
        match = _SET_AND_NUMBER.fullmatch(fold_name(text))
        if match is None:
            return self.none()
        code, number = match.groups()
        return self.filter(card_set__code=code, collector_number__iexact=number)

    def named_like(self, text: str) -> CardQuerySet:
        """Printings whose name, or a face of it, is, starts with, contains or
        resembles `text`; `name_rank` 0 to 3 says which. `name_similarity` is how much
        those of rank 3 do. `%` and `_` stand for themselves.
        """
        name = fold_name(text)
        is_name = (
            Q(search_name=name)
            | Q(search_name__startswith=name + _FACES)
            | Q(search_name__endswith=_FACES + name)
        )
        starts = Q(search_name__startswith=name) | Q(
            search_name__contains=_FACES + name
        )
        contains = Q(search_name__contains=name)
        if len(name) < FUZZY_FROM:
            found = starts
        else:
            found = contains | Q(search_name__trigram_word_similar=name)
        return self.filter(found).annotate(
            name_rank=Case(
                When(is_name, then=Value(0)),
                When(starts, then=Value(1)),
                When(contains, then=Value(2)),
                default=Value(3),
            ),
            # Some words of a long name may fit as well as all of a short one.
            name_similarity=Case(
                When(contains, then=Value(0.0)),
                default=TrigramWordSimilarity(name, "search_name")
                + TrigramSimilarity("search_name", name),
            ),
        )

    def best_match_first(self) -> CardQuerySet:
        """After `named_like`: exact, prefix, contained, similar; newest first."""
        return self.order_by(
            "name_rank",
            "-name_similarity",
            "name",
            F("released_on").desc(nulls_last=True),
            "id",
        )

    def with_colors(self, letters: str) -> CardQuerySet:
        """Cards of (at least) these colours, "WU"; "C" is colourless."""
        if letters == "C":
            return self.filter(colors=[])
        return self.filter(colors__contains=sorted(set(letters)))

    def legal_in(self, play_format: str) -> CardQuerySet:
        return self.filter(
            **{f"legalities__{play_format}__in": ["legal", "restricted"]}
        )
