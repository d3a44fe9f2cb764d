"""Connections to the public internet only.

For addresses that come from a form: whoever may fill it in must not read what is on
our own network. The check is made where the connection is, on the very address it goes
to, so neither a redirect nor a name server that changes its mind leads around it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

import httpcore2
import httpx2

from .feeds import IngestError


class NotPublicError(IngestError):
    """An address that is not on the public internet."""


class _PublicOnly(httpcore2.NetworkBackend):
    """Resolves a name itself and connects to an address that it has looked at."""

    def __init__(self) -> None:
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        return self._backend.connect_tcp(
            public_address(host, port), port, timeout, local_address, socket_options
        )


def public_address(host: str, port: int) -> str:
    """An address of `host`. Raises NotPublicError if any is of another network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore2.ConnectError(f"no address is known of {host}") from None
    addresses = [str(address[0]).partition("%")[0] for *_, address in found]
    if not all(_is_public(ipaddress.ip_address(one)) for one in addresses):
        raise NotPublicError(
            f"{host} is not on the public internet. Such an address is fetched from "
            "only if FEED_ALLOW_PRIVATE_ADDRESSES is set."
        )
    return addresses[0]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return (inner or address).is_global and not address.is_multicast


class PublicTransport(httpx2.HTTPTransport):
    """For httpx2.Client: no connection leads elsewhere, not even through a proxy."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(), network_backend=_PublicOnly()
        )
