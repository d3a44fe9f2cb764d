"""Posting to an address that somebody gave us: signed, quick, and to the public
internet only.

    X-Signature: t=1767225600,v1=<hex HMAC-SHA256 of "1767225600." and the body>

The name is resolved once and the connection goes to the address that was looked at
(core.public_network), so a name server that changes its mind leads nowhere. No redirect
is followed, no proxy of the environment is used, and one post takes TOTAL_SECONDS at
most, however steadily an answer drips.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore2
import httpx2
from django.conf import settings

from mtgintel.core.public_network import NotPublicError, PublicTransport, is_public

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 15.0
MAX_URL = 500
SIGNATURE = "X-Signature"
_PORT_LIMIT = 65_536


class WebhookAddressError(ValueError):
    """An address that nothing is posted to; the message says why."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a post: `code` of the answer, `error` "" where it was taken."""

    code: int | None
    error: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return not self.error


def checked_url(url: str) -> str:
    """A web address that may be posted to. Raises WebhookAddressError.

    What a name resolves to is looked at when it is posted to, each time.
    """
    parts = _split(url)
    host = parts.hostname or ""
    allowed = ("https",) if settings.ALERT_WEBHOOK_HTTPS_ONLY else ("http", "https")
    if len(url) > MAX_URL or not host or parts.scheme not in allowed:
        raise WebhookAddressError(f"An {' or '.join(allowed)}:// address, please.")
    if parts.username or parts.password or parts.fragment:
        raise WebhookAddressError("An address without a password and without #.")
    if not _is_listed(host):
        raise WebhookAddressError(f"This installation does not post to {host}.")
    literal = _literal_address(host)
    if literal is not None and not is_public(literal):
        raise WebhookAddressError(f"{host} is not on the public internet.")
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_port = parts.port is None or 0 < parts.port < _PORT_LIMIT
    except ValueError:
        is_port = False
    if not is_port or any(ord(one) <= ord(" ") for one in url):
        raise WebhookAddressError("This is no web address.")
    return parts


def _is_listed(host: str) -> bool:
    """Whether the operator lets us post there: everywhere, unless they say where."""
    hosts: Iterable[str] = settings.ALERT_WEBHOOK_HOSTS
    name = host.rstrip(".").casefold()
    return not hosts or any(
        name == one.casefold() or name.endswith(f".{one.casefold()}") for one in hosts
    )


def _literal_address(
    host: str,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address in any spelling that a resolver takes: 2130706433, 0x7f.1, ::1."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ipaddress.AddressValueError, UnicodeError):
        return None


def signature_of(body: bytes, secret: str, moment: int) -> str:
    """The value of the header for a body sent at `moment` (seconds of the epoch)."""
    signed = f"{moment}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def post(url: str, body: bytes, *, secret: str, name: str) -> Posted:
    """Post JSON; `name` is the same for the same news, however often it is tried.

    Never raises for anything the other side does.
    """
    started = time.monotonic()
    code, error = None, ""
    try:
        code = _post(checked_url(url), body, secret, name)
        if not httpx2.codes.is_success(code):
            error = f"it answered {code}"
    except WebhookAddressError as refused:
        error = str(refused)
    except NotPublicError:
        error = "the address is not on the public internet"
    except (httpx2.HTTPError, httpx2.InvalidURL, httpcore2.ConnectError) as failed:
        error = f"{type(failed).__name__}: {failed}"[:200]
    return Posted(code, error, round(1000 * (time.monotonic() - started)))


def _post(url: str, body: bytes, secret: str, name: str) -> int:
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": settings.FEED_USER_AGENT,
        "Idempotency-Key": name,
        SIGNATURE: signature_of(body, secret, int(time.time())),
    }
    transport = PublicTransport(wrap=lambda inner: _Hurried(inner, TOTAL_SECONDS))
    with (
        httpx2.Client(
            transport=transport, timeout=timeout, follow_redirects=False
        ) as client,
        # The body of the answer is nobody's concern: it is not read.
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        return response.status_code


class _Hurried(httpcore2.NetworkBackend):
    """Connections that end at a moment, whatever comes over them."""

    def __init__(self, inner: httpcore2.NetworkBackend, seconds: float) -> None:
        self._inner = inner
        self._until = time.monotonic() + seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._inner.connect_tcp(
            host, port, timeout, local_address, socket_options
        )
        return _HurriedStream(stream, self._until)


class _HurriedStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, until: float) -> None:
        self._inner, self._until = inner, until

    def _left(self, timeout: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("it took too long as a whole")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._inner.start_tls(
            ssl_context, server_hostname, self._left(timeout)
        )
        return _HurriedStream(stream, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
