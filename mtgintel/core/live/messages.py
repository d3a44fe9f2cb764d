"""The frames a client gets, as text: docs/websocket.md is their reference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from .topics import Topic


@dataclass(frozen=True, slots=True)
class Frame:
    """An update of one topic, encoded once for everybody."""

    topic: str
    seq: int
    text: str


class RefusalError(Exception):
    """Something a client asked for and does not get."""

    def __init__(self, code: str, message: str, channel: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.channel = channel


PONG = '{"type":"pong"}'


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _text(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()


def update(topic: Topic, message: dict[str, Any], previous_seq: int) -> Frame:
    """An update as a publisher sent it; `previous_seq` is that of the frame before."""
    text = _text(
        {
            "type": topic.kind.message,
            "channel": topic.channel,
            "seq": message["seq"],
            "previous_seq": previous_seq,
            "timestamp": message["timestamp"],
            "data": orjson.Fragment(message["data"]),
        }
    )
    return Frame(topic.name, message["seq"], text)


def subscribed(topic: Topic, seq: int, snapshot: dict[str, Any]) -> str:
    return _text(
        {
            "type": "subscribed",
            "channel": topic.channel,
            "seq": seq,
            "timestamp": now(),
            "snapshot": snapshot,
        }
    )


def unsubscribed(topic: Topic) -> str:
    return _text({"type": "unsubscribed", "channel": topic.channel})


def error(refusal: RefusalError) -> str:
    message = {"type": "error", "code": refusal.code, "message": refusal.message}
    if refusal.channel is not None:
        message["channel"] = refusal.channel
    return _text(message)
