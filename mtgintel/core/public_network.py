"""Connections to the public internet only.

For addresses that come from a form: whoever may fill it in must not read what is on
our own network. The check is made where the connection is, on the very address it goes
to, so neither a redirect nor a name server that changes its mind leads around it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable

import httpcore2
import httpx2

from .feeds import IngestError

# What stands for IPv4 addresses in networks that have none.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


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
    if not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise NotPublicError(
            f"{host} is not on the public internet. Such an address is fetched from "
            "only if FEED_ALLOW_PRIVATE_ADDRESSES is set."
        )
    return addresses[0]


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the public internet, and so is the IPv4 address
    that it may stand for."""
    inner = _inner(address) or address
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inner(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


class PublicTransport(httpx2.HTTPTransport):
    """For httpx2.Client: no connection leads elsewhere, not even through a proxy.

    `wrap` may put something of its own around how connections are made.
    """

    def __init__(
        self,
        wrap: Callable[[httpcore2.NetworkBackend], httpcore2.NetworkBackend] = (
            lambda backend: backend
        ),
    ) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            network_backend=wrap(_PublicOnly()),
        )
