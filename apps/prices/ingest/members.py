"""The members of one big JSON object, out of a stream of any length.

MTGJSON's files are `{"meta": {…}, "data": {"<uuid>": {…}, …}}`, a gigabyte in one
object. Here the text is cut before every uuid that is a key, so memory holds a few
cards at a time. A cut that is exactly one member is handed on as it is; any other is
gone through token by token, to tell which members are damaged. A damaged member never
takes the next one with it, and a file that does not end as it began is no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from mtgintel.core.feeds import CorruptFeedError, require_record

_UUID = rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_KEY = re.compile(rb'"(' + _UUID + rb')"\s*:\s*')
_DATA = re.compile(rb'"data"\s*:\s*\{')
_META = re.compile(rb'"meta"\s*:\s*(\{[^{}]*\})')
# Possessive, or a string that never ends would cost gigabytes to go back through.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],]', re.DOTALL)
_MEMBER = re.compile(rb'\s*"((?:[^"\\]++|\\.)*+)"\s*:\s*(.*?)\s*', re.DOTALL)
_WHOLE_UUID = re.compile(_UUID)
# A key and what is around it never takes more than this.
_MAX_HEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One member of `data`.

    `value` is what `decode` made of it, or None with the `error` that kept it from
    doing so; `raw` is its text, `offset` where its key stands in the decompressed
    file.
    """

    key: str
    value: Any
    raw: bytes
    offset: int
    error: str = ""
    has_uuid: bool = True


class Members:
    """Iterates over the members of `data`; `meta` is known once iteration began.

    `decode` takes the text of a value and raises ValueError (which msgspec's errors
    are) when it is not exactly one value of the kind. Raises CorruptFeedError at the
    end of a file that is cut off or no such file.
    """

    def __init__(self, pieces: Iterator[bytes], decode: Callable[[bytes], Any]) -> None:
        self._pieces, self._decode = pieces, decode
        self.meta: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Member]:
        text, offset = self._head()
        for piece in self._pieces:
            text += piece
            starts = [match.start() for match in _KEY.finditer(text)]
            # The last key's member may go on in the next piece.
            bounds = ([0] if starts[:1] != [0] else []) + starts
            for start, end in pairwise(bounds):
                yield from self._cut(text[start:end], offset + start)
            if len(bounds) > 1:
                text, offset = text[bounds[-1] :], offset + bounds[-1]
            require_record(text)
        yield from self._last(text, offset)

    def _head(self) -> tuple[bytes, int]:
        text = b""
        for piece in self._pieces:
            text += piece
            found = _DATA.search(text)
            if found:
                self._read_meta(text[: found.start()])
                self._pieces = _with_first(text[found.end() :], self._pieces)
                return b"", found.end()
            if len(text) > _MAX_HEAD:
                break
        raise CorruptFeedError(
            'This is not an MTGJSON file: there is no "data" object at its start. '
            f"It begins with {text[:60]!r}."
        )

    def _read_meta(self, text: bytes) -> None:
        found = _META.search(text)
        if found and not self.meta:
            try:
                self.meta = orjson.loads(found[1])
            except orjson.JSONDecodeError:
                self.meta = {}

    def _cut(self, text: bytes, offset: int) -> Iterator[Member]:
        """The members of a cut that ends where another key begins."""
        key = _KEY.match(text)
        value = text[key.end() :].rstrip() if key else b""
        if key and value.endswith(b","):
            try:
                decoded = self._decode(value[:-1])
            except (ValueError, RecursionError):
                pass
            else:
                yield Member(key[1].decode().lower(), decoded, value[:-1], offset)
                return
        elif not text.strip():
            return
        members, end = self._scan(text, offset)
        yield from members
        if end is not None:
            error = "the data ends here, and goes on behind it"
            at = offset + end - 1
            yield Member("", None, text[end - 1 :], at, error, has_uuid=False)

    def _last(self, text: bytes, offset: int) -> Iterator[Member]:
        """What follows the last key: its member, and the end of the file."""
        members, end = self._scan(text, offset)
        if end is None:
            raise CorruptFeedError(
                "The file is cut off: it ends inside its data. Nothing of it was "
                "stored; fetch it again."
            )
        try:
            tail = orjson.loads(b'{"data":{}' + text[end:])
        except orjson.JSONDecodeError:
            raise CorruptFeedError(
                f"The file does not end as JSON ends: {text[end:][:60]!r}. Nothing of "
                "it was stored; fetch it again."
            ) from None
        self.meta = self.meta or tail.get("meta") or {}
        yield from members

    def _scan(self, text: bytes, offset: int) -> tuple[list[Member], int | None]:
        """The members in `text`, and where the object around them ends, if it does."""
        members = []
        depth = start = 0
        for token in _TOKEN.finditer(text):
            character = token[0][:1]
            if character in b"{[":
                depth += 1
            elif character in b"}]":
                depth -= 1
            if depth < 0 or (depth == 0 and character == b","):
                member = text[start : token.start()]
                if member.strip():
                    members.append(self._member(member, offset + start))
                start = token.end()
            if depth < 0:
                return members, start
        if text[start:].strip():
            members.append(self._member(text[start:], offset + start))
        return members, None

    def _member(self, text: bytes, offset: int) -> Member:
        found = _MEMBER.fullmatch(text)
        if found is None:
            error = "not a member of an object"
            return Member("", None, text, offset, error, has_uuid=False)
        key = found[1].decode(errors="replace")
        if not _WHOLE_UUID.fullmatch(found[1]):
            error = "its key is not a uuid"
            return Member(key, None, found[2], offset, error, has_uuid=False)
        try:
            return Member(key.lower(), self._decode(found[2]), found[2], offset)
        except (ValueError, RecursionError) as error:
            return Member(key.lower(), None, found[2], offset, str(error))


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
