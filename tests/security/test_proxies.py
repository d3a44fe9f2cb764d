"""Whose word on the visitor counts: HTTP, limits, lockout and logs agree."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.http import HttpResponse
from django.test import Client, RequestFactory

from mtgintel.core.security import proxies
from mtgintel.core.security.proxies import TrustedProxies, address_of, client_address

PROXY, VISITOR, STRANGER = "10.0.0.2", "203.0.113.9", "198.51.100.7"


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    proxies._say_once.cache_clear()


def seen(peer: str, **forwarded: str):
    """The request as everything behind the middleware sees it."""
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **forwarded)
    TrustedProxies(lambda _: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, VISITOR, VISITOR),
        ("fd00::1", "2001:db8::9", "2001:db8::9"),
        # Two proxies of ours in a row.
        (PROXY, f"{VISITOR}, 10.0.0.3", VISITOR),
        # What the visitor wrote himself stands left of what the proxy saw.
        (PROXY, f"127.0.0.1, {VISITOR}", VISITOR),
        (PROXY, f"not-an-address, {VISITOR}", VISITOR),
        (PROXY, "", PROXY),
        (PROXY, " , ", PROXY),
        # Anybody may send the header.
        (STRANGER, VISITOR, STRANGER),
        (STRANGER, f"{VISITOR}, {PROXY}", STRANGER),
        # A unix socket: who can connect to it stands beside us.
        ("", VISITOR, VISITOR),
    ],
)
def test_the_address(peer, forwarded, address):
    request = seen(peer, HTTP_X_FORWARDED_FOR=forwarded)

    assert address_of(request) == request.META["REMOTE_ADDR"] == address
    scope = {
        "client": (peer, 1) if peer else None,
        "headers": [(b"x-forwarded-for", forwarded.encode())],
    }
    assert client_address(scope) == address


def test_nobody_reads_the_header_a_second_time():
    assert "HTTP_X_FORWARDED_FOR" not in seen(PROXY, HTTP_X_FORWARDED_FOR=VISITOR).META
    assert "HTTP_X_FORWARDED_FOR" not in seen(STRANGER, HTTP_X_FORWARDED_FOR="1").META


@pytest.mark.parametrize(("peer", "is_secure"), [(PROXY, True), (STRANGER, False)])
def test_encryption_is_what_a_proxy_of_ours_says(peer, is_secure):
    assert seen(peer, HTTP_X_FORWARDED_PROTO="https").is_secure() is is_secure


def test_a_proxy_that_is_not_named_is_told_once(caplog):
    for _ in range(3):
        seen(STRANGER, HTTP_X_FORWARDED_PROTO="https")

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert STRANGER in said[0]
    assert "TRUSTED_PROXIES" in said[0]


@pytest.mark.django_db
class TestEverybodyAgrees:
    def fail(self, peer: str, forwarded: str) -> None:
        Client().post(
            "/account/login/",
            {"login": "nobody", "password": "wrong"},
            REMOTE_ADDR=peer,
            HTTP_X_FORWARDED_FOR=forwarded,
        )

    def test_lockout_counts_the_visitor(self):
        self.fail(PROXY, VISITOR)
        assert AccessAttempt.objects.get().ip_address == VISITOR

    def test_a_stranger_hides_behind_nobody(self):
        self.fail(STRANGER, VISITOR)
        assert AccessAttempt.objects.get().ip_address == STRANGER

    def test_the_access_log_is_written_from_the_same_environment(self):
        """As gunicorn does, which looks into it when the answer has gone."""
        request = RequestFactory().get(
            "/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=VISITOR
        )
        environ = request.environ
        TrustedProxies(lambda _: HttpResponse())(request)
        assert environ["REMOTE_ADDR"] == VISITOR
