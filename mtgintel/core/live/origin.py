"""Only pages of this site may open a socket with the visitor's cookies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

Scope = dict[str, Any]
Application = Callable[..., Awaitable[None]]


class SameOrigin:
    """Refuses the handshake of a page from elsewhere with 403.

    A browser always says where a page came from; a program says nothing and holds no
    visitor's cookies, so it may pass.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if is_same_origin(scope):
            # What wraps `send` on the way in looks into each frame, for nothing.
            scope = {**scope, "live.send": send}
            await self._application(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4403})


def is_same_origin(scope: Scope) -> bool:
    """Whether the page, if any, is of the host asked for or of a trusted origin."""
    host = _header(scope, b"host").lower()
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    origin = _header(scope, b"origin").lower()
    if not origin:
        return True
    page = urlsplit(origin)
    schemes = {"https"} if settings.SECURE_SSL_REDIRECT else {"http", "https"}
    return (page.scheme in schemes and page.netloc == host) or _is_trusted(page)


def _is_trusted(page: SplitResult) -> bool:
    """As for Django's own check of forms: `https://*.example.com` is a pattern."""
    trusted = map(urlsplit, settings.CSRF_TRUSTED_ORIGINS)
    return any(
        page.scheme == site.scheme
        and is_same_domain(page.netloc, site.netloc.removeprefix("*"))
        for site in trusted
    )


def _header(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin1") if values else ""
