"""No secret in a log, an error or the ledger."""

from __future__ import annotations

import io
import logging

import pytest
from django.test import Client

from mtgintel.core.http import FeedClient, FetchError
from mtgintel.core.security import redaction
from mtgintel.core.security.redaction import redact, without_secrets

OURS = {
    "SECRET_KEY": "the-key-of-all-signatures",
    "CARDTRADER_TOKEN": "cardtrader-token-123",
    "EMAIL_HOST_PASSWORD": "mail/pass word",
    "BROKER_REDIS_URL": "redis://:broker%2Fpassword@broker:6379/0",
}
DATABASE_PASSWORD = "p@ss/w0rd of it"


@pytest.fixture
def our_secrets(settings, monkeypatch):
    for name, value in OURS.items():
        setattr(settings, name, value)
    settings.SECRET_KEY_FALLBACKS = ["the-key-of-last-year"]
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", DATABASE_PASSWORD)
    redaction._own_secrets.cache_clear()
    yield
    redaction._own_secrets.cache_clear()


@pytest.fixture
def log():
    """What the handler that the settings made writes."""
    stream = io.StringIO()
    (ours,) = [one for one in logging.getLogger().handlers if one.name == "console"]
    before = ours.setStream(stream)
    yield stream
    ours.setStream(before)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:s3cret@db:5432/m", "postgres://app:***@db:5432/m"),
        ("postgres://app:a@b:c@db/m?x=1", "postgres://app:***@db/m?x=1"),
        ("redis://:s3cret@cache:6379/1", "redis://:***@cache:6379/1"),
        ("GET https://x/y?token=abc&b=2", "GET https://x/y?token=***&b=2"),
        ("https://x/?b=2&key=abc#f", "https://x/?b=2&key=***"),
        ("https://s3/x?X-Amz-Signature=ab&c=1", "https://s3/x?X-Amz-Signature=***&c=1"),
        ("host=db password=s3cret user=app", "host=db password=*** user=app"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "***", "n": 1}'),
        ("{'client_secret': 'abc'}", "{'client_secret': '***'}"),
        ("Authorization: Token abc", "Authorization: Token ***"),
        ("{'Authorization': 'Bearer a.b-c'}", "{'Authorization': 'Bearer ***'}"),
        ("Cookie: sessionid=0123456789abcdefgh; a=b", "Cookie: sessionid=***; a=b"),
        ("mtgi_0123456789abcdefghijklmn", "mtgi_***"),
        (
            "https://discord.com/api/webhooks/123/ab-CD_9",
            "https://discord.com/api/webhooks/123/***",
        ),
        (
            "https://hooks.slack.com/services/T0/B1/xyz",
            "https://hooks.slack.com/services/***",
        ),
        (
            "https://api.telegram.org/bot12:abc-D/sendMessage",
            "https://api.telegram.org/bot***/sendMessage",
        ),
    ],
)
def test_what_is_written_like_a_secret(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "12 rows of tcgplayer at 10:30, 3.5 s",
        "unknown token: expected a number",
        "GET /api/cards?q=monkey&page=2 200",
        "https://example.org:8000/a@b",
        "redis://cache:6379/1 does not answer",
        "the primary key=5 of lots",
    ],
)
def test_what_is_none_stays(text):
    assert redact(text) == text


def test_it_takes_no_longer_for_a_long_word():
    """A name of a megabyte costs no more than its length."""
    assert redact("a.b-" * 50_000) == "a.b-" * 50_000


def test_our_own_wherever_they_stand(our_secrets):
    for secret in (
        *("the-key-of-all-signatures", "the-key-of-last-year", "cardtrader-token-123"),
        *("mail/pass word", "broker/password", "broker%2Fpassword"),
        *(DATABASE_PASSWORD, "p%40ss%2Fw0rd%20of%20it"),
    ):
        assert redact(f"before {secret} after") == "before *** after"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@host:8/a/b?token=1#f", "https://host:8/a/b"),
        ("https://host/a?x=1", "https://host/a"),
        ("https://host", "https://host"),
        ("nonsense", "nonsense"),
        ("http://[", "http://["),
    ],
)
def test_addresses_that_are_shown(url, shown):
    assert without_secrets(url) == shown


def _connect():
    raise RuntimeError(f"cannot connect with {DATABASE_PASSWORD}")


class TestLog:
    def test_messages_arguments_and_tracebacks(self, our_secrets, log):
        try:
            _connect()
        except RuntimeError:
            logging.getLogger("any").exception(
                "failed at %s", "redis://:s3cret@broker:6379/0"
            )
        said = log.getvalue()
        assert "failed at redis://:***@broker:6379/0" in said
        assert "RuntimeError: cannot connect with ***" in said
        assert "s3cret" not in said
        assert DATABASE_PASSWORD not in said

    def test_requests_of_the_http_client_are_not_logged(self, log):
        logging.getLogger("httpx2").info("HTTP Request: GET https://x/?t=1")
        assert log.getvalue() == ""

    def test_every_handler_of_ours_has_the_filter(self, settings):
        for name, handler in settings.LOGGING["handlers"].items():
            assert "secrets" in handler["filters"], name
        assert settings.CELERY_WORKER_HIJACK_ROOT_LOGGER is False


class TestFetching:
    ADDRESS = "http://user:s3cret@127.0.0.1:9/list.csv?access=t0ken"

    def test_neither_error_nor_log_have_the_token(self, caplog):
        with (
            FeedClient(attempts=2, pace=0) as client,
            pytest.raises(FetchError) as raised,
        ):
            client.text(self.ADDRESS)
        said = f"{raised.value}{caplog.text}"
        assert "http://127.0.0.1:9/list.csv" in said
        assert "t0ken" not in said
        assert "s3cret" not in said


@pytest.mark.django_db
class TestErrorsTellNothing:
    @pytest.fixture
    def broken(self, monkeypatch):
        def fail(*_args, **_kwargs):
            raise RuntimeError(f"postgres://app:{DATABASE_PASSWORD}@db/m")

        monkeypatch.setattr("apps.market.selectors.overview", fail)
        monkeypatch.setattr("apps.market.views.render", fail)
        return Client(raise_request_exception=False)

    @pytest.mark.parametrize("address", ["/", "/api/market/overview"])
    def test_neither_page_nor_answer(self, broken, address):
        response = broken.get(address)
        assert response.status_code == 500
        said = response.content.decode()
        for hint in (
            DATABASE_PASSWORD,
            "RuntimeError",
            "Traceback",
            "postgres:",
            ".py",
        ):
            assert hint not in said
