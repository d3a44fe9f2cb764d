"""Buckets, seats, addresses and origins."""

import pytest

from mtgintel.core.live.limits import Limits, Seats, TokenBucket
from mtgintel.core.live.origin import is_same_origin
from mtgintel.core.security.proxies import client_address


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_bucket_lets_a_burst_through_and_then_the_rate():
    clock = Clock()
    bucket = TokenBucket(2, 3, clock)

    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock.now += 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_seats_are_counted_for_each_holder():
    seats = Seats()

    assert [seats.take("a", 2) for _ in range(3)] == [True, True, False]
    assert seats.take("b", 2)
    seats.give_back("a")
    assert seats.take("a", 2)


def test_a_page_may_follow_as_much_as_it_may_ask_for_at_once():
    limits = Limits()

    assert limits.subscriptions < limits.message_burst


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        (None, "198.51.100.1", "198.51.100.1"),
        (None, None, ""),
    ],
)
def test_the_address_is_what_a_trusted_proxy_says(settings, client, forwarded, address):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []

    scope = {"client": (client, 50000) if client else None, "headers": headers}

    assert client_address(scope) == address


@pytest.mark.parametrize(
    ("host", "origin", "is_allowed"),
    [
        ("market.example", "https://market.example", True),
        ("market.example", "http://market.example", True),
        ("Market.Example:8000", "http://market.example:8000", True),
        ("market.example", None, True),
        ("market.example", "https://market.example:444", False),
        ("market.example", "https://elsewhere.example", False),
        ("market.example", "https://market.example.elsewhere.example", False),
        ("market.example", "null", False),
        ("market.example", "chrome-extension://market.example", False),
        ("market.example", "https://www.trusted.example", True),
        ("market.example", "https://nottrusted.example", False),
        ("elsewhere.example", "https://elsewhere.example", False),
        ("elsewhere.example", None, False),
        ("", None, False),
    ],
)
def test_only_pages_of_this_site_connect(settings, host, origin, is_allowed):
    settings.ALLOWED_HOSTS = ["market.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example"]
    headers = [(b"host", host.encode())]
    if origin:
        headers.append((b"origin", origin.encode()))

    assert is_same_origin({"headers": headers}) is is_allowed


def test_a_page_without_encryption_is_not_ours_where_all_is_encrypted(settings):
    settings.SECURE_SSL_REDIRECT = True
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]

    assert not is_same_origin({"headers": headers})
