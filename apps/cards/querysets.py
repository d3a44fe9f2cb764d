"""Row-level questions about printings."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from .models import Card


def fold_name(name: str) -> str:
    """Lower case without accents: "Lim-Dûl's Vault" -> "lim-dul's vault"."""
    decomposed = unicodedata.normalize(
        "NFKD", name.replace("Æ", "Ae").replace("æ", "ae")
    )
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


class CardQuerySet(models.QuerySet["Card"]):
    def present(self) -> CardQuerySet:
        """Printings that Scryfall still lists."""
        return self.filter(removed_at=None)
