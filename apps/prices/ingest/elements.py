"""The elements of one long list inside a JSON object, out of a stream of any length.

Vendors publish `{"meta": {…}, "data": [{…}, {…}, …]}`, tens of megabytes in one list of
objects. Here the text is cut between two objects, so memory holds a piece at a time. A
piece that is not what it should be is taken apart object by object: a damaged one is
rejected and never takes its neighbours with it. A file that does not end as it began is
no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec
import orjson

from mtgintel.core.feeds import CorruptFeedError, Reject, Rejects, require_record

Item = TypeVar("Item")

_BETWEEN = re.compile(rb"\}\s*,\s*(?=\{)")
# Possessive, or a string that never ends would cost gigabytes to go back through.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],]', re.DOTALL)
# What surrounds the list; some servers wrap the answer in a page of HTML.
_OPENING = re.compile(rb'\{\s*"')
_AFTER = re.compile(rb"\s*(?:<.*)?", re.DOTALL)
# The list begins within this many bytes.
_MAX_HEAD = 1024 * 1024


class Elements(Generic[Item]):
    """Iterates over (number, element) of the list `key`.

    `kind` is what an element must be; one that is not is rejected as a "malformed
    record" and counted in `malformed`. `envelope` is the object around the list, which
    stands empty in it, once iteration has ended. Raises CorruptFeedError for a file
    that is cut off or has no such list.
    """

    def __init__(
        self, pieces: Iterator[bytes], key: str, kind: type[Item], rejects: Rejects
    ) -> None:
        self._pieces, self._key, self._rejects = pieces, key, rejects
        self._many = msgspec.json.Decoder(list[kind]).decode  # type: ignore[valid-type]
        self._one = msgspec.json.Decoder(kind).decode
        self._number = 0
        self.malformed = 0
        self.envelope: dict[str, Any] = {}

    def __iter__(self) -> Iterator[tuple[int, Item]]:
        head, text, is_list = self._head()
        if is_list:
            pieces, text = chain([text], self._pieces), b""
            for piece in pieces:
                text += piece
                cut = _last_cut(text)
                if cut is not None:
                    yield from self._decoded(text[: cut.start() + 1])
                    text = text[cut.end() :]
                require_record(text)
            last, end = self._last(text)
            yield from self._decoded(last)
            text = text[end:]
        else:
            for piece in self._pieces:
                text += piece
                require_record(text)
        self._close(head, text)

    def _head(self) -> tuple[bytes, bytes, bool]:
        """What stands before the list, what follows, and whether it is one at all."""
        opening = re.compile(rb'"%s"\s*:\s*(\[|null\b)' % re.escape(self._key.encode()))
        text = b""
        for piece in self._pieces:
            text += piece
            found = opening.search(text)
            if found:
                return text[: found.start(1)], text[found.end() :], found[1] == b"["
            if len(text) > _MAX_HEAD:
                break
        raise CorruptFeedError(
            f'There is no list "{self._key}" in this file, which begins with '
            f"{text[:60].decode(errors='replace')!r}. Nothing of it was stored."
        )

    def _last(self, text: bytes) -> tuple[bytes, int]:
        """The elements before the end of the list, and where it is closed."""
        end = _closing(text)
        if end is None:
            raise CorruptFeedError(
                "The file is cut off: its list has no end. Nothing of it was stored; "
                "fetch it again."
            )
        return text[:end], end + 1

    def _close(self, head: bytes, tail: bytes) -> None:
        start = _OPENING.search(head)
        end = tail.rfind(b"}") + 1
        is_whole = start is not None and _AFTER.fullmatch(tail[end:])
        object_ = head[start.start() :] + b"[]" + tail[:end] if start else b""
        try:
            self.envelope = orjson.loads(object_ if is_whole else b"")
        except orjson.JSONDecodeError:
            raise CorruptFeedError(
                f"The file does not end as JSON ends: {tail[-60:]!r}. Nothing of it "
                "was stored; fetch it again."
            ) from None

    def _decoded(self, text: bytes) -> Iterator[tuple[int, Item]]:
        if not text.strip():
            return
        try:
            items = self._many(b"[" + text + b"]")
        except (ValueError, RecursionError):
            yield from self._one_by_one(text)
            return
        for item in items:
            self._number += 1
            yield self._number, item

    def _one_by_one(self, text: bytes) -> Iterator[tuple[int, Item]]:
        for part in _objects(text):
            self._number += 1
            try:
                item = self._one(part)
            except (ValueError, RecursionError) as error:
                self._malformed(part, str(error))
                continue
            yield self._number, item

    def _malformed(self, text: bytes, error: str) -> None:
        self.malformed += 1
        raw = {"text": text[:500].decode(errors="replace")}
        position = f"element {self._number}"
        self._rejects.add(Reject("malformed record", position, error[:500], raw))


def _last_cut(text: bytes) -> re.Match[bytes] | None:
    """The last place between two objects; looked for near the end first."""
    for start in (max(0, len(text) - 65_536), 0):
        cut = None
        for cut in _BETWEEN.finditer(text, start):  # noqa: B007 (the last is wanted)
            pass
        if cut is not None:
            return cut
    return None


def _objects(text: bytes) -> Iterator[bytes]:
    """The texts between objects; where something else stands among them, that too."""
    start = 0
    for cut in _BETWEEN.finditer(text):
        yield from _parts(text[start : cut.start() + 1])
        start = cut.end()
    yield from _parts(text[start:])


def _parts(text: bytes) -> Iterator[bytes]:
    """What the commas outside of brackets separate."""
    depth = start = 0
    for token in _TOKEN.finditer(text):
        character = token[0][:1]
        if character in b"{[":
            depth += 1
        elif character in b"}]":
            depth -= 1
        elif character == b"," and depth == 0:
            yield text[start : token.start()].strip()
            start = token.end()
    yield text[start:].strip()


def _closing(text: bytes) -> int | None:
    """Where the bracket stands that closes what was opened before `text`."""
    depth = 0
    for token in _TOKEN.finditer(text):
        character = token[0][:1]
        if character in b"{[":
            depth += 1
        elif character in b"}]":
            if depth == 0:
                return token.start() if character == b"]" else None
            depth -= 1
    return None
