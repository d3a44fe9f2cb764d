"""The cache on a real Valkey, and without one."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.test import override_settings

from mtgintel.core import cache


class Computation:
    """Counts how often it runs; says when it begins and waits to be let go."""

    def __init__(self, value: object = "value") -> None:
        self.value = value
        self.runs = 0
        self.has_begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self) -> object:
        self.runs += 1
        self.has_begun.set()
        assert self.may_end.wait(5)
        return self.value


def redis_at(server: socket.socket) -> override_settings:
    """Settings that take `server` for Redis."""
    host, port = server.getsockname()
    options = {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1}
    return override_settings(
        CACHES={
            "default": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": f"redis://{host}:{port}/0",
                "OPTIONS": options,
            }
        }
    )


@pytest.fixture
def no_redis():
    """Settings that name a port where nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with redis_at(bound):
            yield
    cache.breaker.reset()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """No other test's: a previous generation's value is a value too."""
    return request.node.name


def test_computes_once_per_generation(key):
    compute = Computation()
    assert [cache.get_or_compute(key, compute) for _ in range(3)] == ["value"] * 3
    assert compute.runs == 1
    cache.bump()
    assert cache.get_or_compute(key, compute) == "value"
    assert compute.runs == 2


@pytest.mark.parametrize("value", [None, 0, "", [], b""])
def test_an_empty_value_is_a_value(value, key):
    compute = Computation(value)
    for _ in range(2):
        assert cache.get_or_compute(key, compute) == value
    assert compute.runs == 1


def test_scopes_and_keys_are_apart(key):
    first, second, third = Computation(1), Computation(2), Computation(3)
    assert cache.get_or_compute(key, first) == 1
    assert cache.get_or_compute("other", second) == 2
    assert cache.get_or_compute(key, third, scope="another") == 3
    cache.bump("another")
    cache.get_or_compute(key, first)
    assert first.runs == 1


def test_an_entry_ends_with_its_time(key):
    compute = Computation()
    cache.get_or_compute(key, compute, timeout=100)
    with time_machine.travel(time.time() + 89):
        cache.get_or_compute(key, compute, timeout=100)
        assert compute.runs == 1
    with time_machine.travel(time.time() + 111):
        cache.get_or_compute(key, compute, timeout=100)
        assert compute.runs == 2


def test_one_of_many_computes(key):
    """However many ask, and although it takes longer than a wait for an old value."""
    compute = Computation()
    compute.may_end.clear()
    with ThreadPoolExecutor(200) as pool:
        answers = [pool.submit(cache.get_or_compute, key, compute) for _ in range(200)]
        assert compute.has_begun.wait(5)
        time.sleep(3 * cache.WAIT_SECONDS)
        compute.may_end.set()
        assert [answer.result(10) for answer in answers] == ["value"] * 200
    assert compute.runs == 1


def test_others_go_on_with_the_previous_value_while_one_computes(key):
    cache.get_or_compute(key, lambda: "old")
    cache.bump()
    slow = Computation("new")
    slow.may_end.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get_or_compute, key, slow)
        assert slow.has_begun.wait(5)
        assert cache.get_or_compute(key, pytest.fail) == "old"
        slow.may_end.set()
        assert first.result(5) == "new"
    assert cache.get_or_compute(key, pytest.fail) == "new"


def test_without_a_previous_value_the_wait_is_as_long_as_the_lock(key, monkeypatch):
    monkeypatch.setattr(cache, "LOCK_SECONDS", 1)
    slow = Computation("slow")
    slow.may_end.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get_or_compute, key, slow)
        assert slow.has_begun.wait(5)
        assert cache.get_or_compute(key, lambda: "own") == "own"
        slow.may_end.set()
        assert first.result(5) == "slow"


def test_who_waits_for_a_computation_that_fails_computes(key):
    has_begun, may_fail = threading.Event(), threading.Event()

    def fail() -> str:
        has_begun.set()
        assert may_fail.wait(5)
        raise LookupError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_or_compute, key, fail)
        assert has_begun.wait(5)
        second = pool.submit(cache.get_or_compute, key, lambda: "own")
        may_fail.set()
        assert second.result(5) == "own"
        with pytest.raises(LookupError):
            first.result(5)


def test_a_failed_computation_is_not_kept_and_lets_the_next_one_in():
    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        cache.get_or_compute(key, fail)
    begun = time.monotonic()
    assert cache.get_or_compute(key, lambda: "value") == "value"
    assert time.monotonic() - begun < cache.WAIT_SECONDS


def test_a_lock_that_passed_on_is_not_released():
    def overtaken() -> str:
        cache.cache.set(f"lock:market:{key}", "somebody else", 10)
        return "value"

    cache.get_or_compute(key, overtaken)
    assert cache.cache.get(f"lock:market:{key}") == "somebody else"
    cache.cache.delete(f"lock:market:{key}")


def test_versions_differ_even_after_redis_lost_everything():
    versions = [cache.data_version()]
    cache.bump()
    versions.append(cache.data_version())
    time.sleep(0.01)
    cache.cache.clear()
    versions.append(cache.data_version())
    assert len(set(versions)) == 3
    assert cache.data_version() == versions[-1]


def test_a_bump_right_after_redis_lost_everything_is_none_the_less_a_change():
    before = cache.data_version()
    time.sleep(0.01)
    cache.cache.clear()
    cache.bump()
    assert cache.data_version() != before


def test_hits_are_counted_until_their_time_is_over():
    assert [cache.count_hit("x", 60) for _ in range(3)] == [1, 2, 3]
    assert cache.count_hit("y", 60) == 1
    left = cache.get_redis_connection("default").pttl(cache.cache.make_key("hits:x"))
    assert 0 < left <= 60_000


@pytest.mark.usefixtures("no_redis")
class TestWithoutRedis:
    def test_everything_is_computed(self, key):
        compute = Computation()
        assert [cache.get_or_compute(key, compute) for _ in range(3)] == ["value"] * 3
        assert compute.runs == 3

    def test_nothing_is_an_error(self):
        assert cache.data_version() == ""
        cache.bump()
        cache.put("k", 1, 10)
        assert cache.get("k") is None
        assert cache.count_hit("k", 10) is None
        assert cache.is_up() is False

    def test_only_the_first_question_waits_for_a_connection(self):
        # It accepts connections and never says a word.
        with socket.create_server(("127.0.0.1", 0)) as silent, redis_at(silent):
            begun = time.monotonic()
            assert [cache.get("k") for _ in range(20)] == [None] * 20
            assert 1 <= time.monotonic() - begun < 2

    def test_the_api_answers(self, client, db):
        for _ in range(2):
            response = client.get("/api/market/overview")
            assert response.status_code == 200
            assert "ETag" not in response


class TestParts:
    """ "market/USD" is a part of "market"."""

    @pytest.fixture
    def kept(self, key: str) -> dict[str, Computation]:
        """What is computed in the whole and in two parts, by scope."""
        scopes = ("trade", "trade/USD", "trade/EUR")
        found = {scope: Computation() for scope in scopes}
        self.look(key, found)
        return found

    def look(self, key: str, kept: dict[str, Computation]) -> None:
        for scope, computation in kept.items():
            cache.get_or_compute(key, computation, scope=scope)

    @pytest.mark.parametrize(
        ("changed", "computed_anew"),
        [
            ("trade", {"trade", "trade/USD", "trade/EUR"}),
            ("trade/USD", {"trade", "trade/USD"}),
            ("trade/EUR", {"trade", "trade/EUR"}),
            ("other", set()),
            ("other/USD", set()),
        ],
    )
    def test_a_change_makes_old_what_it_touches(
        self, key, kept, changed, computed_anew
    ):
        versions = {scope: cache.data_version(scope) for scope in kept}

        cache.bump(changed)
        self.look(key, kept)

        again = {scope for scope, computation in kept.items() if computation.runs == 2}
        assert again == computed_anew
        renamed = {s for s, was in versions.items() if cache.data_version(s) != was}
        assert renamed == computed_anew
