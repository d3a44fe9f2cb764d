"""No secret reaches a log, a ledger or an error.

Two nets: the values of our own secrets, wherever they stand, and the forms in which
anybody's secrets are written (passwords in addresses, tokens in queries and headers,
webhooks, whose address is the secret).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

HIDDEN = "***"
# Shorter ones are words that stand elsewhere as well.
_SHORTEST_SECRET = 6

_NAMES = (
    r"[\w.-]{0,40}(?:token|secret|password|passwd|signature|api[_-]?key|credential)"
)
# What none can be without, if there is such a thing; how it looks; what stands instead.
# Every line of the log is looked through, and to look for a word costs little.
_SPELLINGS: list[tuple[str, re.Pattern[str], str]] = [
    (needed, re.compile(pattern, re.IGNORECASE), instead)
    for needed, pattern, instead in (
        # scheme://user:password@host, whatever stands in the password
        ("://", r"\b(\w[\w+.-]{0,20}://[^\s:/@]*):[^\s/]+@", rf"\1:{HIDDEN}@"),
        # ?token=…, &X-Amz-Signature=…, password=… of libpq
        (
            "=",
            rf"\b({_NAMES}|(?<=[?&])(?:key|sig|auth|pwd))=[^\s&\"'<>]+",
            rf"\1={HIDDEN}",
        ),
        # "token": "…" of JSON, 'token': '…' of Python
        (
            ":",
            rf"([\"']{_NAMES}[\"']\s*:\s*)([\"'])(?:(?!\2).)*\2",
            rf"\1\2{HIDDEN}\2",
        ),
        # Authorization: Token …
        (
            "",
            r"(authorization[\"']?\s*[:=]\s*[\"'b]*)(\w+ )?[^\s\"',]+",
            rf"\1\2{HIDDEN}",
        ),
        ("", r"\b(bearer|token|basic) [\w.~+/=-]{20,}", rf"\1 {HIDDEN}"),
        ("=", r"(sessionid|csrftoken)=[\w-]{16,}", rf"\1={HIDDEN}"),
        # Tokens of our own API.
        ("_", r"\bmtgi_[\w-]{16,}", f"mtgi_{HIDDEN}"),
        # Webhooks: whoever has the address may post.
        ("/", r"(/api/webhooks/\d+/)[\w-]+", rf"\1{HIDDEN}"),
        ("/", r"(hooks\.slack\.com/services/)[\w/-]+", rf"\1{HIDDEN}"),
        ("/", r"(api\.telegram\.org/bot)[\w:-]+", rf"\1{HIDDEN}"),
    )
]


def redact(text: str) -> str:
    """`text` with *** in place of every secret that is known or looks like one."""
    for secret in _own_secrets():
        text = text.replace(secret, HIDDEN)
    for needed, pattern, instead in _SPELLINGS:
        if needed in text:
            text = pattern.sub(instead, text)
    return text


def without_secrets(url: str) -> str:
    """An address without password, query and fragment: what may be kept and shown."""
    scheme, separator, rest = re.split(r"[?#]", url, maxsplit=1)[0].rpartition("://")
    host, slash, path = rest.partition("/")
    return redact(f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}")


class RedactSecrets(logging.Filter):
    """Of a handler: what it writes, tracebacks included, holds no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            # What a formatter finds here it does not make again.
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


@lru_cache(maxsize=1)
def _own_secrets() -> tuple[str, ...]:
    """The longest first: one may be part of another."""
    plain = set(_configured())
    found = plain | {quote(secret, safe="") for secret in plain}
    long = [secret for secret in found if len(secret) >= _SHORTEST_SECRET]
    return tuple(sorted(long, key=len, reverse=True))


def _configured() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from map(str, settings.SECRET_KEY_FALLBACKS)
    yield settings.EMAIL_HOST_PASSWORD
    yield settings.CARDTRADER_TOKEN
    yield settings.METRICS_TOKEN
    for database in settings.DATABASES.values():
        yield str(database.get("PASSWORD") or "")
    for url in (settings.BROKER_REDIS_URL, settings.CACHES["default"]["LOCATION"]):
        yield unquote(urlsplit(str(url)).password or "")
