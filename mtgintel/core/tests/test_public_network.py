"""What a form may make us fetch: the public internet and nothing else."""

from __future__ import annotations

import socket
from typing import Any

import httpcore2
import pytest

from mtgintel.core import public_network
from mtgintel.core.http import FeedClient
from mtgintel.core.public_network import NotPublicError, public_address


def resolving(monkeypatch, *addresses: str) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, 80)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 (refused)
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "::7f00:1",
    ],
)
def test_other_networks_are_refused(monkeypatch, address):
    resolving(monkeypatch, "93.184.215.14", address)

    with pytest.raises(NotPublicError, match=r"shop\.example is not on the public"):
        public_address("shop.example", 80)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"]
)
def test_the_public_internet_is_not(monkeypatch, address):
    resolving(monkeypatch, address)

    assert public_address("shop.example", 80) == address


def test_an_unknown_name_is_an_error_of_the_connection(monkeypatch):
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(httpcore2.ConnectError, match=r"no address .* shop\.example"):
        public_address("shop.example", 80)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x"]
)
def test_the_client_connects_to_none_of_them(url):
    with FeedClient(public_only=True) as client, pytest.raises(NotPublicError):
        client.text(url)


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch):
    """A name server that answers differently the second time changes nothing."""
    asked: list[tuple[str, int]] = []

    class Backend:
        def connect_tcp(self, host: str, port: int, *_: Any) -> None:
            asked.append((host, port))
            raise httpcore2.ConnectError("enough")

    monkeypatch.setattr(public_network.httpcore2, "SyncBackend", Backend)
    resolving(monkeypatch, "93.184.215.14")
    transport = public_network.PublicTransport()
    resolving(monkeypatch, "93.184.215.14")

    with pytest.raises(httpcore2.ConnectError, match="enough"):
        transport._pool.request("GET", "http://shop.example/x")

    assert asked == [("93.184.215.14", 80)]


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")

    with FeedClient(public_only=True) as client, pytest.raises(NotPublicError):
        client.text("http://127.0.0.1:9/x")
