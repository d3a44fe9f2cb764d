"""Requests that Django refuses, with what whoever runs the site has to set."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

_BAD_ORIGIN = REASON_BAD_ORIGIN.partition("%s")[0]

UNKNOWN_HOST = (
    "This server does not answer under that name. Whoever runs it adds the name to "
    "ALLOWED_HOSTS."
)
MALFORMED = "The request is malformed."


def why_bad(error: Exception) -> str:
    """What is wrong with a request that Django refuses with 400."""
    return UNKNOWN_HOST if isinstance(error, DisallowedHost) else MALFORMED


def bad_request_page(error: Exception) -> HttpResponse:
    """Asks nothing of the request: its host may be anybody's."""
    page = render_to_string("400.html", {"reason": why_bad(error)})
    return HttpResponse(page, status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that may be another site's (settings.CSRF_FAILURE_VIEW)."""
    is_origin = reason.startswith(_BAD_ORIGIN)
    if is_origin:
        logger.warning(
            "a form sent from %s was refused: if that is an address of this site, add "
            "it to CSRF_TRUSTED_ORIGINS (now %s)",
            request.META.get("HTTP_ORIGIN", "?"),
            ", ".join(settings.CSRF_TRUSTED_ORIGINS) or "empty",
        )
    page = render_to_string("403_csrf.html", {"is_origin": is_origin}, request)
    return HttpResponseForbidden(page)
