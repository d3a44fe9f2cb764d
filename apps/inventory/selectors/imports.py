"""Imports as their owner sees them: what came of a file, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet

from apps.cards.models import Card
from apps.inventory.formats import FORMATS
from apps.inventory.models import ImportBatch, ImportRow
from mtgintel.core.sql import load_sql

_Outcome = ImportRow.Outcome
MAX_ERRORS = 500
# Candidates that the API lists for a row; the page has all.
MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A printing that a row may mean."""

    id: int
    scryfall_id: str
    name: str
    set: str
    collector_number: str
    finishes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not imported: `outcome` is AMBIGUOUS or REJECTED."""

    row: int
    outcome: str
    reason: str
    name: str
    raw: dict[str, str]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file would change: copies and kinds of copies (printing, finish,
    condition, language) that are new, and those of which some are held already."""

    new_kinds: int
    new_copies: int
    more_kinds: int
    more_copies: int
    held_copies: int


def batch_of(owner: AbstractBaseUser | AnonymousUser, batch_id: int) -> ImportBatch:
    """Somebody's own import. Raises ImportBatch.DoesNotExist, also for another's."""
    return ImportBatch.objects.of(owner).defer("text").get(pk=batch_id)


def row_of(owner: AbstractBaseUser | AnonymousUser, row_id: int) -> ImportRow:
    """A row of somebody's own import. Raises ImportRow.DoesNotExist."""
    rows = ImportRow.objects.select_related("batch").defer("batch__text")
    return rows.get(pk=row_id, batch__owner_id=owner.pk)


def imports_of(owner: AbstractBaseUser | AnonymousUser) -> QuerySet[ImportBatch]:
    """Somebody's imports, the newest first."""
    return ImportBatch.objects.of(owner).defer("text")


def left_behind(now: datetime) -> list[ImportBatch]:
    """Imports that somebody works on, or worked on until they were killed.

    Not those of the last minute, which a request may be at; nor of a week ago, which
    fail whenever they are tried.
    """
    at_work = (ImportBatch.Status.UPLOADED, ImportBatch.Status.COMMITTING)
    return list(
        ImportBatch.objects.filter(
            status__in=at_work,
            created_at__range=(now - timedelta(days=7), now - timedelta(minutes=1)),
        ).only("pk")
    )


def rows_of(batch: ImportBatch, outcome: str = "") -> QuerySet[ImportRow]:
    """The rows of an import as they stand in the file; those of one outcome."""
    rows = ImportRow.objects.filter(batch=batch).select_related("card__card_set")
    return (rows.filter(outcome=outcome) if outcome else rows).in_order()


def errors_of(batch: ImportBatch) -> list[RowError]:
    """What keeps the first rows from being imported."""
    bad = (_Outcome.AMBIGUOUS, _Outcome.REJECTED)
    rows = list(
        ImportRow.objects.filter(batch=batch, outcome__in=bad).in_order()[:MAX_ERRORS]
    )
    listed = candidates_of(rows, MAX_LISTED)
    return [
        RowError(
            row=row.position,
            outcome=row.outcome,
            reason=row.reason,
            name=said_name(row),
            raw=dict(row.raw),
            candidates=tuple(listed[row.pk]),
        )
        for row in rows
    ]


def said_name(row: ImportRow) -> str:
    """What a row calls its card."""
    said = row.entry.get("said", {}).get("name", "")
    return said or next((cell for _, cell in row.raw), "")


def candidates_of(
    rows: list[ImportRow], limit: int | None = None
) -> dict[int, list[Candidate]]:
    """The printings each row may mean, the likeliest first, by the row's key."""
    wanted = {one for row in rows for one in row.candidates[:limit]}
    cards = candidate_cards(wanted)
    return {
        row.pk: [
            _candidate(cards[one]) for one in row.candidates[:limit] if one in cards
        ]
        for row in rows
    }


def candidate_cards(wanted: set[int]) -> dict[int, Card]:
    """Cards by id, with what is shown of them; not their long texts."""
    shown = ("scryfall_id", "name", "card_set", "collector_number", "finishes")
    return Card.objects.with_set().only(*shown, "released_on").in_bulk(wanted)


def _candidate(card: Card) -> Candidate:
    return Candidate(
        id=card.pk,
        scryfall_id=str(card.scryfall_id),
        name=card.name,
        set=card.set_code,
        collector_number=card.collector_number,
        finishes=tuple(card.finishes),
    )


def difference(batch: ImportBatch) -> Difference:
    """How the matched rows of a file differ from what its owner holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "import_difference"),
            {"batch_id": batch.pk, "owner_id": batch.owner_id},
        )
        counts = cursor.fetchall()
    new = [added for added, held in counts if not held]
    more = [added for added, held in counts if held]
    return Difference(
        new_kinds=len(new),
        new_copies=sum(new),
        more_kinds=len(more),
        more_copies=sum(more),
        held_copies=sum(held for _, held in counts),
    )


def format_label(batch: ImportBatch) -> str:
    """How people call the format of a file; "" while nobody knows it."""
    return FORMATS[batch.format].label if batch.format in FORMATS else ""


def rejected_table(batch: ImportBatch) -> tuple[list[str], Iterator[list[Any]]]:
    """Header and rows of a file of what was not imported, each with its reason."""
    bad = (_Outcome.AMBIGUOUS, _Outcome.REJECTED, _Outcome.SKIPPED)
    rows = ImportRow.objects.filter(batch=batch, outcome__in=bad).in_order()
    headings: dict[str, None] = {}
    for raw in rows.values_list("raw", flat=True).iterator(chunk_size=5_000):
        headings |= dict.fromkeys(heading for heading, _ in raw)
    names = list(headings)
    lines = (
        [row.position, row.outcome, row.reason, *_cells(row, names)]
        for row in rows.iterator(chunk_size=2_000)
    )
    return ["Row", "Outcome", "Reason", *names], lines


def _cells(row: ImportRow, names: list[str]) -> list[str]:
    cells = dict(row.raw)
    return [cells.get(name, "") for name in names]
