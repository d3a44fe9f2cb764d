"""What the owner decides about rows that may mean several cards."""

from __future__ import annotations

from django.db import transaction

from apps.cards.models import Card
from apps.inventory.models import ImportBatch, ImportRow
from mtgintel.core.constants import Finish, Language

from .imports import count

_Outcome = ImportRow.Outcome
_BATCH = 1_000


class NotACandidateError(ValueError):
    """A card or finish that a row cannot mean."""


@transaction.atomic
def choose(*, row: ImportRow, card_id: int, finish: str) -> ImportRow:
    """Say which card, in which finish, a row means. Raises NotACandidateError."""
    locked = ImportRow.objects.select_for_update().get(pk=row.pk)
    card = Card.objects.filter(pk=card_id).first()
    if card is None or card_id not in locked.candidates:
        raise NotACandidateError("This card is none of those the row may mean.")
    _decide(locked, card, finish)
    locked.save()
    count(locked.batch)
    return locked


@transaction.atomic
def skip(*, row: ImportRow) -> ImportRow:
    """Leave a row out."""
    ImportRow.objects.filter(
        pk=row.pk, outcome__in=[_Outcome.AMBIGUOUS, _Outcome.MATCHED]
    ).update(outcome=_Outcome.SKIPPED)
    row.refresh_from_db()
    count(row.batch)
    return row


@transaction.atomic
def choose_newest(*, batch: ImportBatch) -> int:
    """The first candidate for every row that is left to choose: that of the set the
    row names if there is one, else the newest. How many rows were decided.

    Leaves rows whose candidates are different cards, or have not the finish.
    """
    rows = list(batch.import_rows.filter(outcome=_Outcome.AMBIGUOUS))
    cards = Card.objects.in_bulk({one for row in rows for one in row.candidates})
    chosen = [row for row in rows if _take_first(row, cards)]
    ImportRow.objects.bulk_update(
        chosen, ["outcome", "basis", "reason", "card", "entry"], batch_size=_BATCH
    )
    count(batch)
    return len(chosen)


def _take_first(row: ImportRow, cards: dict[int, Card]) -> bool:
    candidates = [cards[one] for one in row.candidates if one in cards]
    if len({one.oracle_id or one.name for one in candidates}) != 1:
        return False
    for card in candidates:
        finish = likely_finish(card, row.entry.get("finish"))
        if finish:
            _decide(row, card, finish)
            return True
    return False


def likely_finish(card: Card, said: str | None) -> str:
    """The finish of a copy of `card`; "" where it has not the one that is said."""
    has = finishes_of(card)
    if said:
        return said if said in has else ""
    return Finish.NONFOIL.value if Finish.NONFOIL in has else has[0]


def finishes_of(card: Card) -> list[str]:
    """What a copy may be; anything where the catalogue does not say."""
    return list(card.finishes) or [str(one) for one in Finish]


def _decide(row: ImportRow, card: Card, finish: str) -> None:
    if finish not in finishes_of(card):
        raise NotACandidateError(f"{card} does not exist as {finish.lower()}.")
    said = row.entry.get("language")
    is_for_all = card.language == Language.ENGLISH
    language = said if said and is_for_all else card.language
    row.entry = row.entry | {"finish": finish, "language": language}
    row.card, row.outcome, row.reason = card, _Outcome.MATCHED, ""
    row.basis = ImportRow.Basis.CHOSEN
