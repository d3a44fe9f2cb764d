"""Pages that are the same for everybody who is not signed in: made once for all.

Templates cost tens of milliseconds a page, and most who read prices have no account.
What differs between two such visitors is filled in for each: the nonce their browser
runs scripts by, and the token against forged requests. While a page is made, both are
stand-ins that nobody can guess, so no text of a page is ever taken for one.

    @require_safe
    @shared_page
    def movers(request): ...

A shared view asks nothing of its visitor but the address and the colours. Pages are old
as soon as prices change, or after SECONDS.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, cast

from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token

from . import cache
from .theme import theme_of
from .version import VERSION

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

# Ages of prices are told in minutes.
SECONDS = 30
# A page shrinks to a seventh in a millisecond.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Page:
    """A page with stand-ins, compressed."""

    body: bytes
    content_type: str
    nonce: str
    token: str


class _Request(HttpRequest):
    """A request for a page, as middleware and context processors know it."""

    csp_nonce: str
    shared_token: str


class _OwnAnswerError(Exception):
    """The view answered with something that is good for this one visitor only."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def shared_page(view: View[P]) -> View[P]:
    """Have a view's pages made once for everybody who is not signed in."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        ours = cast(_Request, request)
        try:
            page = cache.get_or_compute(
                _key(request),
                lambda: _made(ours, lambda: view(request, *args, **kwargs)),
                timeout=SECONDS,
            )
        except _OwnAnswerError as own:
            return own.response
        body = zlib.decompress(page.body)
        body = _filled(body, page.nonce, page.token, ours)
        return HttpResponse(body, page.content_type)

    return answer


def stand_ins(request: HttpRequest) -> dict[str, str]:
    """Context processor: the token of a page that is being made for all."""
    token = getattr(request, "shared_token", None)
    return {"csrf_token": token} if token else {}


def _key(request: HttpRequest) -> str:
    """Of the address, the colours, and the release: its pages name its static files."""
    files = getattr(staticfiles_storage, "manifest_hash", "")
    parts = (VERSION, files, theme_of(request), request.get_full_path())
    return "page:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _made(request: _Request, answer: Callable[[], HttpResponse]) -> Page:
    """Raises _OwnAnswerError where the answer is not a page and nothing else."""
    own_nonce = request.csp_nonce
    nonce, token = secrets.token_hex(16), secrets.token_hex(32)
    request.csp_nonce, request.shared_token = nonce, token
    try:
        response = answer()
    finally:
        request.csp_nonce = own_nonce
        del request.shared_token
    if not _is_for_all(response, request):
        response.content = _filled(response.content, nonce, token, request)
        raise _OwnAnswerError(response)
    body = zlib.compress(response.content, _LEVEL)
    return Page(body, response.headers["Content-Type"], nonce, token)


def _is_for_all(response: HttpResponse, request: HttpRequest) -> bool:
    """A whole page that says nothing about itself but what it is, and to nobody what
    was to be said to one."""
    is_plain = set(response.headers) == {"Content-Type"} and not response.cookies
    is_whole = response.status_code == HttpResponse.status_code
    has_spoken = getattr(get_messages(request), "used", False)
    return is_plain and is_whole and not has_spoken


def _filled(body: bytes, nonce: str, token: str, request: _Request) -> bytes:
    """Asks for what is the visitor's own only where the page has a place for it: a
    token sets a cookie."""
    if nonce.encode() in body:
        body = body.replace(nonce.encode(), str(request.csp_nonce).encode())
    if token.encode() in body:
        body = body.replace(token.encode(), get_token(request).encode())
    return body
