"""What a browser is told not to do with our answers.

Pages carry a Content-Security-Policy by what they are: ours run only scripts with the
nonce of this very answer, those of libraries (the admin, the browsable API, accounts)
scripts of this site. Everything that is no page may do nothing at all. The policies are
in mtgintel/settings/security.py.
"""

from __future__ import annotations

from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class BrowserPolicies(CSPMiddleware):
    """Stands before whitenoise, so that static files have the headers too."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        for name, value in settings.BROWSER_POLICIES.items():
            response[name] = value
        if response.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, settings.DATA_CONTENT_SECURITY_POLICY)
        return response

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 - the library's signature
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            parts.config = _directives_for(request.path_info)
        return parts


def _directives_for(path: str) -> dict[str, Any] | None:
    """Of the first prefix that fits; None is the policy of our own pages."""
    for prefix, directives in settings.CONTENT_SECURITY_POLICY_BY_PREFIX.items():
        if path.startswith(prefix):
            return directives
    return None
