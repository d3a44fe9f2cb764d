"""HOST and PORT, and what is said about an address that cannot be used."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from mtgintel.core.embedded import EmbeddedError
from mtgintel.core.embedded.address import Address


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_one_sentence(busy_port: int) -> None:
    with pytest.raises(EmbeddedError) as caught:
        Address("127.0.0.1", busy_port).require_free()

    assert str(caught.value) == (
        f"Port {busy_port} on 127.0.0.1 is busy: stop what uses it, or choose another, "
        f"as in `make run PORT={busy_port % 65535 + 1}`."
    )


def test_a_port_that_was_just_let_go_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()

    Address("127.0.0.1", port).require_free()


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(EmbeddedError, match=r"cannot listen on 192\.0\.2\.1 \(.*HOST"):
        Address("192.0.2.1", 8000).require_free()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web", "80.5"])
def test_a_port_that_is_none_is_one_sentence(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(EmbeddedError) as caught:
        Address.from_environment()

    assert str(caught.value) == f"PORT is {port!r}: give a number from 1 to 65535."


def test_the_environment_names_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("HOST", "::1")
    assert Address.from_environment() == Address("::1", 9000)
    monkeypatch.delenv("PORT")
    monkeypatch.delenv("HOST")
    assert Address.from_environment() == Address("127.0.0.1", 8000)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "http://[::1]:8000"),
        ("market.example", "http://market.example:8000"),
    ],
)
def test_the_url_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert Address(host, 8000).url == url
