"""Files of the archive over HTTP: whole or in part, told apart by their checksums."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.http.response import StreamingHttpResponse
from django.utils.http import http_date, parse_etags

from .folder import Folder
from .manifest import NAME, ArchivedFile, encode
from .selectors import BulkListing

CONTENT_TYPE = "application/vnd.apache.parquet"
# A file's name changes with its content.
FOR_EVER = "public, max-age=31536000, immutable"
_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class UnsatisfiableRangeError(Exception):
    """No byte of the range that is asked for is in the file."""


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` to before `end` of a file."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


def archived_response(
    request: HttpRequest, listing: BulkListing, path: str
) -> HttpResponseBase:
    """The file of exactly this path, from here or where visitors are sent.

    Nothing but what the manifest lists, and itself, is ever opened. Raises
    FileNotFoundError for all else, ArchiveError where the archive does not answer.
    """
    if path == NAME and listing.is_kept:
        manifest = Folder(settings.ARCHIVE_URL).manifest()
        return HttpResponse(encode(manifest), content_type="application/json")
    file = listing.file(path)
    if file is None:
        raise FileNotFoundError(path)
    if settings.ARCHIVE_PUBLIC_URL:
        return HttpResponseRedirect(listing.address(file))
    return file_response(request, Folder(settings.ARCHIVE_URL), file)


def file_response(
    request: HttpRequest, folder: Folder, file: ArchivedFile
) -> HttpResponseBase:
    """A file, or the one range of it that is asked for.

    304 to whoever has it, 416 for a range beyond its end. Raises FileNotFoundError.
    """
    headers = {
        "ETag": f'"{file.sha256}"',
        "Last-Modified": http_date(file.written_at.timestamp()),
        "Cache-Control": FOR_EVER,
        "Accept-Ranges": "bytes",
    }
    if headers["ETag"] in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    try:
        span = wanted_span(request, file, headers["ETag"])
    except UnsatisfiableRangeError:
        headers["Content-Range"] = f"bytes */{file.bytes}"
        return HttpResponse(status=416, headers=headers)
    headers["Content-Length"] = str(len(span))
    headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    status = 200
    if len(span) < file.bytes:
        status = 206
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{file.bytes}"
    content: Any = b""
    if request.method != "HEAD":
        content = _content(request, folder.open(file.path), span)
    return StreamingHttpResponse(
        content, status=status, headers=headers, content_type=CONTENT_TYPE
    )


def wanted_span(request: HttpRequest, file: ArchivedFile, etag: str) -> Span:
    """What part of the file the request wants; all of it, if it says so in another
    way than we know, or knows another content."""
    whole = Span(0, file.bytes)
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or request.headers.get("If-Range", etag) != etag:
        return whole
    first, last = match.groups()
    if not first and not last:
        return whole
    if not first:
        start, end = max(file.bytes - int(last), 0), file.bytes
    else:
        start = int(first)
        end = min(int(last) + 1, file.bytes) if last else file.bytes
    if start >= end:
        raise UnsatisfiableRangeError
    return Span(start, end)


def _content(
    request: HttpRequest, source: Any, span: Span
) -> Iterator[bytes] | AsyncIterator[bytes]:
    """Pieces in the manner of the server: each waits for either, but would hold the
    whole file in memory for the wrong one."""
    pieces = _pieces(source, span)
    return _in_thread(pieces) if isinstance(request, ASGIRequest) else pieces


def _pieces(source: Any, span: Span) -> Iterator[bytes]:
    with source:
        source.seek(span.start)
        left = len(span)
        while left and (piece := source.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, b""))
    while piece := await following():
        yield piece
