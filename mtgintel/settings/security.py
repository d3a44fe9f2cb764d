"""What browsers are told, whose word counts, and what never reaches a log."""

from __future__ import annotations

from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

from .env import env

# Networks (CIDR) of the proxies in front whose X-Forwarded-* is believed.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=[])

Directives = dict[str, Any]

# Pictures of cards come from Scryfall; "data:" is the QR code of a second factor.
_IMAGES = [SELF, "data:", "https://*.scryfall.io", "https://*.scryfall.com"]

# Our own pages run what was written for this answer and nothing else: not even a file
# of this site that somebody else's markup names. Modules hand the nonce on to what
# they import. No style stands in the markup; scripts set properties, which is allowed.
_PAGES: Directives = {
    "default-src": [NONE],
    "script-src": [NONCE],
    "style-src": [SELF],
    "img-src": _IMAGES,
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "object-src": [NONE],
}
# Templates of libraries give no nonce: scripts are files of this site.
_OF_LIBRARIES: Directives = {**_PAGES, "script-src": [SELF, NONCE]}
# The browsable API and its documentation write styles into the markup.
_API: Directives = {**_OF_LIBRARIES, "style-src": [SELF, UNSAFE_INLINE]}

CONTENT_SECURITY_POLICY: dict[str, Any] = {"DIRECTIVES": _PAGES}
# The first prefix that fits.
CONTENT_SECURITY_POLICY_BY_PREFIX: dict[str, Directives] = {
    "/admin/": _OF_LIBRARIES,
    "/account/": _OF_LIBRARIES,
    "/api/": _API,
}
# What is no page: data, downloads, static files. Opened by itself it may do nothing.
DATA_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
# On every answer. Passkeys and copying are all we use of what a browser can do.
BROWSER_POLICIES = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [
            *(
                f"{feature}=()"
                for feature in (
                    "accelerometer",
                    "autoplay",
                    "browsing-topics",
                    "camera",
                    "display-capture",
                    "encrypted-media",
                    "fullscreen",
                    "geolocation",
                    "gyroscope",
                    "magnetometer",
                    "microphone",
                    "midi",
                    "payment",
                    "usb",
                    "xr-spatial-tracking",
                )
            ),
            "clipboard-write=(self)",
            "publickey-credentials-create=(self)",
            "publickey-credentials-get=(self)",
        ]
    ),
}

# Nobody else's pages need our fonts and pictures.
WHITENOISE_ALLOW_ALL_ORIGINS = False
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Forms carry their token; no script reads it from the cookie.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "mtgintel.core.security.refusals.csrf_failure"
