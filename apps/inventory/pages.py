"""What the pages of imports show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from apps.cards.models import Card

from .formats import EXPORTS, MAX_BYTES, Options, Source, open_text
from .forms import ReadingForm, UploadForm
from .models import ImportBatch, ImportRow
from .selectors.imports import (
    Difference,
    candidate_cards,
    difference,
    format_label,
    imports_of,
    rows_of,
    said_name,
)

_Status = ImportBatch.Status
_Outcome = ImportRow.Outcome
PAGE_SIZE = 50
# Printings to choose from that a row shows.
MAX_OFFERED = 30
_WAITING = (_Status.UPLOADED, _Status.COMMITTING)


@dataclass(frozen=True, slots=True)
class Offer:
    """A printing in one finish that a row may mean."""

    card: Card
    finish: str

    @property
    def value(self) -> str:
        return f"{self.card.pk}:{self.finish}"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what it says and what may be meant."""

    row: ImportRow
    name: str
    offers: list[Offer]

    @property
    def rest(self) -> int:
        """Candidates that are not shown."""
        return max(0, len(self.row.candidates) - MAX_OFFERED)


def start_page(request: HttpRequest, form: UploadForm) -> dict[str, Any]:
    """The form, and a page of what was imported before."""
    batches = Paginator(imports_of(request.user), 20)
    return {
        "form": form,
        "paging": batches.get_page(request.GET.get("page")),
        "exports": [(one.slug, one.label) for one in EXPORTS.values()],
        "max_megabytes": MAX_BYTES // 1024**2,
    }


def batch_page(
    request: HttpRequest, batch: ImportBatch, form: ReadingForm | None = None
) -> dict[str, Any]:
    """An import, what it would change, and a page of its rows."""
    outcome = _shown_outcome(request, batch)
    paging = Paginator(rows_of(batch, outcome), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    is_open = batch.status in (_Status.PREVIEW, _Status.MAPPING)
    return {
        "batch": batch,
        "format_label": format_label(batch),
        "is_waiting": batch.status in _WAITING,
        "progress": _progress(batch),
        "outcome": outcome,
        "tabs": _tabs(batch),
        "paging": paging,
        "rows": _shown(paging),
        "difference": _difference(batch),
        "reading": form or (reading_form(batch) if is_open else None),
        "left_out": batch.ambiguous + batch.rejected + batch.skipped,
    }


def reading_form(batch: ImportBatch, data: Any = None) -> ReadingForm:
    """How the file is read, to be changed."""
    said = Options(**batch.options)
    source: Source = open_text(batch.text, said, batch.filename)
    return ReadingForm(data, source, said)


def _tabs(batch: ImportBatch) -> list[tuple[str, str, int]]:
    counts = [
        (one.value, one.label, getattr(batch, one.value.lower())) for one in _Outcome
    ]
    return [tab for tab in counts if tab[2]]


def _shown_outcome(request: HttpRequest, batch: ImportBatch) -> str:
    """The outcome asked for; else what is left to do, else the first there is."""
    tabs = [value for value, _, _ in _tabs(batch)]
    asked = request.GET.get("outcome", "")
    if asked in tabs:
        return asked
    wanted = (_Outcome.AMBIGUOUS, _Outcome.REJECTED, *tabs)
    return next((one for one in wanted if one in tabs), "")


def _progress(batch: ImportBatch) -> int:
    """Per cent of the rows that are through."""
    due = batch.matched + batch.imported
    return round(100 * batch.done / due) if due else 0


def _difference(batch: ImportBatch) -> Difference | None:
    return difference(batch) if batch.matched else None


def _shown(paging: Page) -> list[ShownRow]:
    rows: list[ImportRow] = list(paging.object_list)
    wanted = {one for row in rows for one in row.candidates[:MAX_OFFERED]}
    cards = candidate_cards(wanted)
    return [ShownRow(row, said_name(row), _offers(row, cards)) for row in rows]


def _offers(row: ImportRow, cards: dict[int, Card]) -> list[Offer]:
    """Every candidate in the finish the row says, where it has that; else in all."""
    said = row.entry.get("finish")
    found = []
    for one in row.candidates[:MAX_OFFERED]:
        card = cards.get(one)
        if card is None:
            continue
        finishes = card.finishes or ["NONFOIL", "FOIL"]
        found += [
            Offer(card, finish) for finish in ([said] if said in finishes else finishes)
        ]
    return found
