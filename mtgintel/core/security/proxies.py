"""Whose word on the visitor is believed: proxies of ours, and nobody else's.

The one place that reads X-Forwarded-For and X-Forwarded-Proto. For HTTP the middleware
puts what they truly say where everybody looks (REMOTE_ADDR, `request.is_secure()`), so
that throttles, lockout and logs cannot disagree; websockets ask `client_address`.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

logger = logging.getLogger(__name__)

Network = IPv4Network | IPv6Network

# In META of a request that came through a proxy.
FORWARDED = "mtgintel.forwarded"

_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_FORWARDED",
    # Not a forwarded one, and as easily made up.
    "HTTP_X_REQUEST_ID",
)


class TrustedProxies(MiddlewareMixin):
    """REMOTE_ADDR becomes the visitor's; a stranger's X-Forwarded-*, X-Request-ID go.

    Stands first: whatever comes after may believe what is left. A server's access log
    is written from the same environment, so it names the visitor as well.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        meta = request.META
        peer = meta.get("REMOTE_ADDR", "")
        if not is_proxy(peer):
            if "HTTP_X_FORWARDED_PROTO" in meta:
                _say_once(peer)
            for name in _FORWARDED:
                meta.pop(name, None)
        elif forwarded := meta.pop("HTTP_X_FORWARDED_FOR", ""):
            meta["REMOTE_ADDR"] = _visitor(peer, forwarded)
            meta[FORWARDED] = True
        return None


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; "" through a unix socket that says nothing."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def client_address(scope: dict[str, Any]) -> str:
    """The address a socket comes from; "" when the server does not know."""
    client = scope.get("client")
    name = b"x-forwarded-for"
    values = [value.decode("latin1") for key, value in scope["headers"] if key == name]
    return _visitor(client[0] if client else "", ",".join(values))


def is_proxy(address: str) -> bool:
    """Whether `address` is of `settings.TRUSTED_PROXIES`."""
    if not address:
        return True  # the other end of a unix socket is a proxy beside us
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks(*settings.TRUSTED_PROXIES))


def _visitor(peer: str, forwarded_for: str) -> str:
    """Read from its end for as long as the sender is a proxy of ours: everything left
    of that anybody may have written."""
    address = peer
    for forwarded in reversed(forwarded_for.split(",")):
        if not forwarded.strip():
            continue
        if not is_proxy(address):
            break
        address = forwarded.strip()
    return address


@lru_cache(maxsize=8)
def _networks(*cidrs: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, cidrs))


@lru_cache(maxsize=1)
def _say_once(peer: str) -> None:
    """Behind a proxy that is not named, every page redirects to itself for ever."""
    logger.warning(
        "X-Forwarded-Proto of %s is ignored: if that is your proxy, name its network "
        "in TRUSTED_PROXIES",
        peer,
    )
