"""Collections as files, sent while they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

from .formats import EXPORTS, escaped
from .models import ImportBatch
from .querysets import LotQuerySet
from .selectors.exports import export_lines, lines_of
from .selectors.imports import rejected_table

PRIVATE = {"Cache-Control": "no-store"}


def export_response(user: Any, slug: str) -> StreamingHttpResponse:
    """What somebody holds, in the format of a site. Raises KeyError for none."""
    return _export(f"collection-{slug}", slug, export_lines(user, EXPORTS[slug]))


def lots_response(lots: LotQuerySet, slug: str) -> StreamingHttpResponse:
    """What is left of these lots, in the format of a site. Raises KeyError for none."""
    return _export(f"lots-{slug}", slug, lines_of(lots, EXPORTS[slug]))


def _export(name: str, slug: str, lines: Iterable[str]) -> StreamingHttpResponse:
    is_text = slug == "text"
    content_type = "text/plain" if is_text else "text/csv"
    return _attached(f"{name}.{'txt' if is_text else 'csv'}", lines, content_type)


def rejected_response(batch: ImportBatch) -> StreamingHttpResponse:
    """The rows of a file that were not imported, each with its reason."""
    header, rows = rejected_table(batch)
    lines = _csv_lines(header, rows)
    return _attached(f"import-{batch.pk}-left-out.csv", lines, "text/csv")


def _attached(
    name: str, lines: Iterable[str], content_type: str
) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines,
        content_type=f"{content_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', **PRIVATE},
    )


def _csv_lines(header: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    for row in (header, *rows):
        out = io.StringIO()
        csv.writer(out).writerow([escaped(cell) for cell in row])
        yield out.getvalue()
