"""Who may keep our answers: what no view says is said here, once.

Data of the API is for everybody and may be kept by whoever stands between (PUBLIC: a
browser, a proxy, a CDN). A page never: it carries the nonce its scripts run by, which
is worth nothing once it is served twice, a token against forged requests, and the name
of who is signed in; what it has in common with everybody else's we keep ourselves, in
`shared_pages`. Neither does anything that came with a cookie or read a session,
whatever its view says.
"""

from __future__ import annotations

from http.client import NOT_MODIFIED

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header
from django.utils.deprecation import MiddlewareMixin

HEADER = "Cache-Control"
# Short: a page that hears of new prices asks for them at once, and the ETag makes
# asking cheap. Old prices are better than none while we are away.
PUBLIC = "public, max-age=10, stale-while-revalidate=30, stale-if-error=600"
# A browser may keep a page for its way back, and asks before it shows it otherwise.
PAGE = "private, no-cache"
OWN = "private, no-store"


class CacheHeaders(MiddlewareMixin):
    """Stands before the sessions, so that their cookies are seen."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.has_header(HEADER):
            response[HEADER] = OWN if is_signed_in(request) else PAGE
        elif "public" in response[HEADER] and is_of_one_visitor(response):
            response[HEADER] = OWN
        return response


def is_signed_in(request: HttpRequest) -> bool:
    """By a session that was read, or by a token."""
    session = getattr(request, "session", None)
    if session is not None and session.accessed and SESSION_KEY in session:
        return True
    return "Authorization" in request.headers


def is_of_one_visitor(response: HttpResponseBase) -> bool:
    """Whether an answer shows whom it was made for, or what is good only once."""
    if response.cookies or has_vary_header(response, "Cookie"):
        return True
    # "Not modified" has no content of any type, whatever its header says.
    is_page = response.get("Content-Type", "").startswith("text/html")
    return is_page and response.status_code != NOT_MODIFIED
