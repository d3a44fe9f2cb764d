"""Programs say who they are by a token, in the header of the handshake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async

Application = Callable[..., Awaitable[None]]


class TokenUser:
    """Takes `Authorization: Token …` for who is at the other end, over any cookie.

    `find` gives the user of a token, None for one that is unknown: then the socket is
    that of a visitor.
    """

    def __init__(self, inner: Application, find: Callable[[str], Any]) -> None:
        self._inner = inner
        self._find = find

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        token = _token_in(scope)
        user = await database_sync_to_async(self._find)(token) if token else None
        if user is not None:
            scope = {**scope, "user": user}
        await self._inner(scope, receive, send)


def _token_in(scope: dict[str, Any]) -> str:
    """ "" where the handshake has none."""
    for name, value in scope["headers"]:
        keyword, _, token = value.decode("latin1").strip().partition(" ")
        if name == b"authorization" and keyword.lower() == "token":
            return str(token.strip())
    return ""
