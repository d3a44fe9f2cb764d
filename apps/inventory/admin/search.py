"""Finding lots by what a person would type."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import Q

from apps.cards.models import Card
from apps.cards.querysets import fold_name

HELP = "Words of the card's name or of the owner's; or set code and number (m10 146)"


def about(text: str, card: str = "card", owner: str = "owner") -> Q:
    """Rows whose card and owner have every word in their names, or whose printing is
    the one of that set and number; all rows without a word. `card` and `owner` lead
    there from the rows.

    By subqueries: each table answers from its own index, and nothing is joined.
    """
    words, names = fold_name(text).split(), Q()
    if not words:
        return names
    for word in words:
        cards = Card.objects.filter(search_name__contains=word)
        users = get_user_model().objects.filter(username__icontains=word)
        names &= Q(**{f"{card}__in": cards.order_by().values("pk")}) | Q(
            **{f"{owner}__in": users.values("pk")}
        )
    numbered = Card.objects.numbered(text).order_by().values("pk")
    return names | Q(**{f"{card}__in": numbered})
