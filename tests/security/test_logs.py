"""What a line of the log says: of which request and task, and no secret."""

from __future__ import annotations

import importlib
import io
import json
import logging
import re
from queue import SimpleQueue

import pytest
import redis
from celery.contrib.testing.worker import start_worker
from django.test import Client
from structlog import contextvars

from mtgintel.celery import app
from mtgintel.core.logs import Json, Line
from mtgintel.core.security.redaction import RedactSecrets
from tests.html import Page

PROXY, STRANGER = "10.0.0.2", "198.51.100.7"
GIVEN = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _nothing_bound(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    contextvars.clear_contextvars()
    yield
    contextvars.clear_contextvars()


def attached(formatter: logging.Formatter):
    """A handler made as the settings make theirs, on the root logger."""
    handler = logging.StreamHandler(io.StringIO())
    handler.addFilter(RedactSecrets())
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    return handler


@pytest.fixture
def log():
    """Returns the lines that were written, as JSON."""
    handler = attached(Json())
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def lines():
    handler = attached(Line())
    yield handler.stream.getvalue
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def broken(monkeypatch) -> Client:
    def fail(*_args, **_kwargs):
        raise RuntimeError("postgres://app:s3cret@db/m")

    monkeypatch.setattr("apps.market.selectors.overview", fail)
    monkeypatch.setattr("apps.market.views.render", fail)
    return Client(raise_request_exception=False)


def fail_with_password():
    raise RuntimeError("cannot reach postgres://app:s3cret@db/m")


class TestJson:
    def test_a_line(self, log):
        contextvars.bind_contextvars(request_id=GIVEN)
        logging.getLogger("any").warning("%d rows of %s", 3, "Æther")

        (said,) = log()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", said.pop("timestamp"))
        assert said == {
            "event": "3 rows of Æther",
            "level": "warning",
            "logger": "any",
            "request_id": GIVEN,
        }

    def test_a_traceback_is_in_the_line_and_without_secrets(self, log):
        try:
            fail_with_password()
        except RuntimeError:
            logging.getLogger("any").exception("at %s", "redis://:s3cret@cache")

        (said,) = log()
        assert said["event"] == "at redis://:***@cache"
        assert said["exception"].startswith("Traceback (most recent call last):")
        assert said["exception"].endswith(
            "RuntimeError: cannot reach postgres://app:***@db/m"
        )
        assert "s3cret" not in json.dumps(said)

    def test_a_line_break_makes_no_second_line(self, log):
        logging.getLogger("any").warning('one\n{"event": "forged"}')
        (said,) = log()
        assert said["event"] == 'one\n{"event": "forged"}'


class TestLine:
    def test_names_stand_behind(self, lines):
        contextvars.bind_contextvars(request_id=GIVEN)
        logging.getLogger("any").warning("3 rows")
        assert lines().endswith(f" WARNING any: 3 rows [request_id={GIVEN}]\n")

    def test_nothing_bound(self, lines):
        logging.getLogger("any").warning("3 rows")
        assert lines().endswith(" WARNING any: 3 rows\n")


@pytest.mark.django_db
class TestRequest:
    def test_each_has_a_name_of_its_own(self, client):
        first, second = (client.get("/api/health/live") for _ in range(2))
        names = {first["X-Request-ID"], second["X-Request-ID"]}
        assert len(names) == 2
        assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)

    @pytest.mark.parametrize(
        ("peer", "given", "is_taken"),
        [
            (PROXY, GIVEN, True),
            (PROXY, "web-1.a_b-2026", True),
            (STRANGER, GIVEN, False),
            (PROXY, "", False),
            (PROXY, "short", False),
            (PROXY, "a" * 65, False),
            (PROXY, "two words of it", False),
            (PROXY, '"}{"level":"x"', False),
        ],
    )
    def test_the_name_a_proxy_gave(self, client, peer, given, is_taken):
        response = client.get(
            "/api/health/live", REMOTE_ADDR=peer, HTTP_X_REQUEST_ID=given
        )
        assert (response["X-Request-ID"] == given) is is_taken
        assert re.fullmatch("[A-Za-z0-9._-]{8,64}", response["X-Request-ID"])

    def test_page_answer_and_log_of_an_error_agree(self, broken, log):
        page = broken.get("/")
        assert page.status_code == 500
        assert page["X-Request-ID"] in Page(page).texts("code")

        answer = broken.get("/api/market/overview")
        assert answer.json()["extra"] == {"request_id": answer["X-Request-ID"]}

        named = [one["request_id"] for one in log() if one["level"] == "error"]
        assert named == [page["X-Request-ID"], answer["X-Request-ID"]]
        assert "s3cret" not in json.dumps(log())


def test_a_task_is_named_in_its_lines_and_not_after_them(log):
    @app.task(name="tests.says_something", shared=False)
    def say() -> None:
        logging.getLogger("any").warning("from inside")

    result = say.apply()
    logging.getLogger("any").warning("from outside")
    app.tasks.unregister("tests.says_something")

    inside, outside = (one for one in log() if one["logger"] == "any")
    assert (inside["task_id"], inside["task"]) == (result.id, "tests.says_something")
    assert "task_id" not in outside


class TestTasksOfARequest:
    @pytest.fixture(autouse=True)
    def _queue(self, settings):
        """No worker runs: messages are taken from the queue by hand."""
        self.queue = next(iter(app.amqp.queues))
        with redis.Redis.from_url(settings.BROKER_REDIS_URL) as self.broker:
            self.broker.delete(self.queue)
            yield
            self.broker.delete(self.queue)

    def test_the_message_names_the_request_that_led_to_it(self):
        contextvars.bind_contextvars(request_id=GIVEN)
        app.send_task("tests.any", queue=self.queue)
        contextvars.clear_contextvars()
        app.send_task("tests.any", queue=self.queue)

        newest, first = map(json.loads, self.broker.lrange(self.queue, 0, -1))
        assert first["headers"]["request_id"] == GIVEN
        assert "request_id" not in newest["headers"]

    def test_its_lines_name_the_request_and_so_do_the_tasks_it_asks_for(self, log):
        @app.task(name="tests.asks_for_more", shared=False)
        def ask() -> None:
            logging.getLogger("any").warning("inside")
            app.send_task("tests.any", queue=self.queue)

        ask.apply(headers={"request_id": GIVEN})
        logging.getLogger("any").warning("outside")
        app.tasks.unregister("tests.asks_for_more")

        inside, outside = (one for one in log() if one["logger"] == "any")
        assert inside["request_id"] == GIVEN
        assert not {"request_id", "task_id", "task"} & outside.keys()
        (message,) = map(json.loads, self.broker.lrange(self.queue, 0, -1))
        assert message["headers"]["request_id"] == GIVEN

    def test_a_worker_reads_it_out_of_the_message(self):
        seen: SimpleQueue[dict] = SimpleQueue()

        @app.task(name="tests.tells", shared=False, acks_late=False)
        def tell() -> None:
            seen.put(contextvars.get_contextvars())

        contextvars.bind_contextvars(request_id=GIVEN)
        sent = app.send_task("tests.tells", queue=self.queue)
        contextvars.clear_contextvars()
        with start_worker(
            app, pool="solo", perform_ping_check=False, queues=[self.queue]
        ):
            bound = seen.get(timeout=20)
        app.tasks.unregister("tests.tells")
        assert bound == {
            "request_id": GIVEN,
            "task_id": sent.id,
            "task": "tests.tells",
        }

    def test_a_task_run_within_a_request_leaves_its_name_alone(self):
        @app.task(name="tests.nothing", shared=False)
        def nothing() -> None: ...

        contextvars.bind_contextvars(request_id=GIVEN)
        nothing.apply()
        app.tasks.unregister("tests.nothing")
        assert contextvars.get_contextvars() == {"request_id": GIVEN}


@pytest.mark.django_db
class TestRequestLine:
    def lines(self, log) -> list[dict]:
        return [one for one in log() if one["logger"] == "mtgintel.requests"]

    def test_one_line_says_what_was_asked_and_answered(self, client, log):
        answer = client.get(
            "/cards/?q=bolt&token=abcdef123456", REMOTE_ADDR="198.51.100.7"
        )
        (line,) = self.lines(log)
        assert re.fullmatch(r"GET /cards/ 200 in \d+\.\d{3} s", line["event"])
        assert line["level"] == "info"
        assert (line["method"], line["route"]) == ("GET", "cards:search")
        assert (line["status"], line["address"]) == (200, "198.51.100.7")
        assert line["bytes"] == len(answer.content)
        assert 0 < line["seconds"] < 60
        assert line["request_id"] == answer["X-Request-ID"]
        assert "abcdef" not in json.dumps(log())

    def test_an_address_that_opens_something_is_not_told(self, client, log):
        client.get("/alerts/unsubscribe/a-secret-of-somebody/")
        (line,) = self.lines(log)
        assert line["event"].startswith("GET /alerts/unsubscribe/<str:token>/ ")
        assert "a-secret-of-somebody" not in json.dumps(self.lines(log))

    def test_an_error_has_its_line_too(self, broken, log):
        broken.get("/api/market/overview")
        (line,) = self.lines(log)
        assert (line["status"], line["route"]) == (500, "api-market-overview")

    def test_machines_that_ask_all_the_time_are_not_told_of(self, client, log):
        client.get("/api/health/live")
        client.get("/metrics")
        assert not self.lines(log)


def test_production_writes_json(monkeypatch, settings):
    monkeypatch.setenv("SECRET_KEY", "only-for-this-test")
    monkeypatch.setenv("ALLOWED_HOSTS", "market.example")
    production = importlib.import_module("mtgintel.settings.production")

    handler = production.LOGGING["handlers"]["console"]
    assert handler["formatter"] == "json"
    assert handler["filters"] == ["secrets"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "line"
