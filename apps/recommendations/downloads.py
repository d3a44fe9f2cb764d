"""The whole ledger as a download, some thousand lines at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from mtgintel.core import caching

from .maths.chain import canonical
from .selectors import as_ndjson, exported_lines

_PIECE = 2_000
_CSV_COLUMNS = (
    *("place", "hash", "event", "recommendation", "kind", "marketplace", "rule"),
    *("issued_at", "due_on", "price", "target", "expected_net_percent", "confidence"),
    *("is_experimental", "is_replay", "closed_on", "cause", "replaced_by"),
    *("result", "scored_at", "observed_on", "gross_percent", "net_percent"),
    *("peak_percent", "drawdown_percent", "index_percent", "excess_percent", "note"),
    "content",
)

Lines = list[dict[str, Any]]


def ledger_response(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """As "ndjson" or "csv"; both have the exact content that the hashes seal."""
    write = {"ndjson": as_ndjson, "csv": as_csv}[form]
    content_type = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
    pieces = (
        _pieces_async(write)
        if isinstance(_bare(request), ASGIRequest)
        else _pieces(write)
    )
    return StreamingHttpResponse(
        pieces,
        content_type=content_type[form],
        headers={
            "Content-Disposition": f'attachment; filename="ledger.{form}"',
            caching.HEADER: caching.PUBLIC,
        },
    )


def _bare(request: Any) -> HttpRequest:
    """Django's request, whether or not it came through the API."""
    return getattr(request, "_request", request)


def _pieces(write: Callable[[Lines], bytes]) -> Iterator[bytes]:
    yield heading(write)
    after = 0
    while lines := exported_lines(after=after, limit=_PIECE):
        yield write(lines)
        after = lines[-1]["place"]


async def _pieces_async(write: Callable[[Lines], bytes]) -> AsyncIterator[bytes]:
    """Without a thread that waits for a slow reader."""
    yield heading(write)
    after = 0
    read = sync_to_async(exported_lines)
    while lines := await read(after=after, limit=_PIECE):
        yield write(lines)
        after = lines[-1]["place"]


def heading(write: Callable[[Lines], bytes]) -> bytes:
    return (",".join(_CSV_COLUMNS) + "\r\n").encode() if write is as_csv else b""


def as_csv(lines: Lines) -> bytes:
    """A column for what each event tells, and the sealed content as it is."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _CSV_COLUMNS, extrasaction="ignore")
    for line in lines:
        content = line["content"]
        sealed = canonical(content).decode()
        writer.writerow({**content, **line, "content": sealed})
    return text.getvalue().encode()
