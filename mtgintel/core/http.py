"""How we fetch: politely, resumably as a whole, and never half a file.

    with FeedClient() as client:
        download = client.download("https://…/AllPrices.json.gz", directory)

Every request names who we are. A server that is down, busy or says "slow down" is
asked again, with growing and jittered pauses or after the pause it asks for. A file
that has not changed since the last time is not sent again.
"""

from __future__ import annotations

import email.utils
import fcntl
import hashlib
import ipaddress
import logging
import math
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

import httpx2
import orjson
import stamina
from django.conf import settings

from .feeds import IngestError
from .public_network import PublicTransport
from .security.redaction import redact, without_secrets

logger = logging.getLogger(__name__)

ACCEPT = "application/json;q=0.9,*/*;q=0.8"
TIMEOUT = httpx2.Timeout(60.0, connect=15.0)
# The largest feed is about 1.2 GB uncompressed.
MAX_BYTES = 4 * 1024**3
# What is read into memory: listings, checksums.
MAX_TEXT_BYTES = 64 * 1024**2
# One body takes no longer than this, however steadily it drips.
MAX_SECONDS = 3600.0
_ATTEMPTS = 5
_MAX_REDIRECTS = 5
# No server may make us wait longer than this.
_LONGEST_WAIT = 300.0
# Between two requests to one host; Scryfall asks for 50 to 100 ms.
_PACE_SECONDS = 0.1


class FetchError(IngestError):
    """A feed could not be fetched; the message names the address and the cause."""


class _TryLaterError(Exception):
    """The server answered, and not with what we want; it may the next time."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(f"{_shown(response.url)} answered {response.status_code}")
        self.wait = _retry_after(response.headers.get("Retry-After"))


class _CutOffError(Exception):
    """The body ended before its announced length."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was fetched, or found to be the same as before."""

    path: Path
    sha256: str
    is_new: bool


class FeedClient:
    """One client for all feeds; use it as a context manager.

    `headers` go with every request. A web page is an error, unless the server is one
    that serves its data as such (`accepts_pages`). With `public_only` nothing is asked
    that is not on the public internet.
    """

    def __init__(
        self,
        *,
        pace: float = _PACE_SECONDS,
        attempts: int = _ATTEMPTS,
        headers: Mapping[str, str] | None = None,
        accepts_pages: bool = False,
        public_only: bool = False,
    ) -> None:
        self._client = httpx2.Client(
            timeout=TIMEOUT,
            transport=PublicTransport() if public_only else None,
            headers={
                "User-Agent": settings.FEED_USER_AGENT,
                "Accept": ACCEPT,
                **(headers or {}),
            },
        )
        self._pace, self._attempts = pace, attempts
        self._accepts_pages = accepts_pages
        self._last_request: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def text(self, url: str) -> bytes:
        """A small answer. Raises FetchError."""
        body = bytearray()

        def read(response: httpx2.Response) -> None:
            body.clear()
            for piece in _body(response, MAX_TEXT_BYTES):
                body.extend(piece)

        self._fetch(url, {}, read)
        return bytes(body)

    def json(self, url: str) -> Any:
        """A small answer's JSON. Raises FetchError."""
        text = self.text(url)
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            raise FetchError(
                f"{_shown(url)} answered with something else than JSON: "
                f"{redact(repr(text[:60]))}."
            ) from None

    def download(
        self, url: str, directory: Path, *, max_bytes: int = MAX_BYTES
    ) -> Download:
        """Fetch a file into `directory`, under its own name.

        Sends what the server said about the last download (kept in `<name>.state`),
        so an unchanged file comes back as it is with `is_new` false. The old file
        stays until the new one is whole. Raises FetchError, also while another
        process fetches the same file.
        """
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / (Path(urlsplit(url).path).name or "feed")
        with part_of(path) as part:
            state = _read_state(path, url)
            sums: dict[str, str] = {}

            def save(response: httpx2.Response) -> None:
                sums["sha256"] = _save(response, part, max_bytes)

            response = self._fetch(url, _conditions(state), save)
            if response.status_code == httpx2.codes.NOT_MODIFIED:
                return Download(path, state["sha256"], is_new=False)
            Path(part.name).replace(path)
            _write_state(path, url, response, sums["sha256"])
        return Download(path, sums["sha256"], is_new=True)

    def _fetch(self, url: str, headers: dict[str, str], read: Any) -> httpx2.Response:
        """Ask until there is an answer, and `read` its body."""
        try:
            for attempt in stamina.retry_context(
                on=partial(_should_retry, url),
                attempts=self._attempts,
                timeout=3600,
                wait_initial=0.5,
                wait_max=60,
            ):
                with attempt:
                    return self._ask(url, headers, read)
        except _TryLaterError as error:
            raise FetchError(f"{error}, {self._attempts} times.") from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise FetchError(
                f"{_shown(url)} is no http:// or https:// address."
            ) from None
        except (httpx2.RequestError, _CutOffError) as error:
            raise FetchError(
                f"{_shown(url)} could not be fetched: {redact(str(error))}."
            ) from None
        except OSError as error:
            raise FetchError(f"{_shown(url)} could not be saved: {error}.") from None
        raise AssertionError("unreachable: the last attempt raises")

    def _ask(self, url: str, headers: dict[str, str], read: Any) -> httpx2.Response:
        response = self._follow(url, headers)
        try:
            code = response.status_code
            if code == httpx2.codes.TOO_MANY_REQUESTS or code >= 500:
                raise _TryLaterError(response)
            if code == httpx2.codes.NOT_MODIFIED and headers:
                return response
            if code != httpx2.codes.OK:
                raise FetchError(
                    f"{_shown(url)} answered {code} {response.reason_phrase}."
                )
            is_page = "text/html" in response.headers.get("Content-Type", "")
            if is_page and not self._accepts_pages:
                raise FetchError(
                    f"{_shown(url)} answered with a web page instead of data."
                )
            read(response)
            announced = response.headers.get("Content-Length")
            if announced and response.num_bytes_downloaded != int(announced):
                raise _CutOffError(
                    f"{response.num_bytes_downloaded} of {announced} bytes came"
                )
            return response
        finally:
            response.close()

    def _follow(self, url: str, headers: dict[str, str]) -> httpx2.Response:
        """The answer at the end of the redirects, its body yet to be read.

        The bodies of redirects are not read at all: they may be of any size.
        """
        request = self._client.build_request("GET", url, headers=headers)
        for _ in range(_MAX_REDIRECTS + 1):
            self._keep_pace(str(request.url))
            response = self._client.send(request, stream=True)
            if response.next_request is None:
                return response
            response.close()
            request = response.next_request
            _require_public(url, request.url)
        raise FetchError(
            f"{_shown(url)} redirects in a circle, or more than {_MAX_REDIRECTS} times."
        )

    def _keep_pace(self, url: str) -> None:
        host = urlsplit(url).netloc
        wait = self._last_request.get(host, 0.0) + self._pace - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last_request[host] = time.monotonic()


def _require_public(asked: str, url: httpx2.URL) -> None:
    """Raise FetchError for a redirect that a stranger's server may not send us on.

    To another host it may, if that is one of the public internet: what is on our own
    network is not for it to have read. Within the host that was asked for, anywhere.
    """
    if url.scheme not in ("http", "https"):
        raise FetchError(
            f"{_shown(asked)} redirects to {_shown(url)}, which is no web address."
        )
    if url.host == urlsplit(asked).hostname or is_public(url.host):
        return
    raise FetchError(
        f"{_shown(asked)} redirects to {url.host}, which is not on the public "
        "internet. If it is meant, give that address itself."
    )


def _shown(url: str | httpx2.URL) -> str:
    """An address as errors and the ledger may have it: a query may be a token."""
    return without_secrets(str(url))


def is_public(host: str) -> bool:
    """Whether every address of `host` is one of the public internet."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    addresses = {str(address[0]).partition("%")[0] for *_, address in found}
    return all(ipaddress.ip_address(one).is_global for one in addresses)


def _should_retry(url: str, error: Exception) -> bool | float:
    passing = (_TryLaterError, httpx2.TransportError, _CutOffError)
    if not isinstance(error, passing) or isinstance(error, httpx2.UnsupportedProtocol):
        return False
    logger.warning("no luck with %s: %s", _shown(url), redact(str(error)))
    wait = error.wait if isinstance(error, _TryLaterError) else None
    return True if wait is None else wait


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a number of them or an HTTP date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(header)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(UTC)).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _body(response: httpx2.Response, max_bytes: int) -> Iterator[bytes]:
    """The body as it comes. Raises FetchError when it is too long, or takes too long.

    In the pieces it comes in: gathered into larger ones, a drip would not be noticed.
    """
    size, started = 0, time.monotonic()
    for piece in response.iter_bytes():
        size += len(piece)
        if size > max_bytes:
            raise FetchError(
                f"{_shown(response.url)} is larger than {max_bytes} bytes."
            )
        if time.monotonic() - started > MAX_SECONDS:
            raise FetchError(
                f"{_shown(response.url)} sent {size} bytes in {MAX_SECONDS:.0f} "
                "seconds and was not done; given up."
            )
        yield piece


def _save(response: httpx2.Response, file: IO[bytes], max_bytes: int) -> str:
    """Write the body into `file`, from its start; its SHA-256."""
    digest = hashlib.sha256()
    file.seek(0)
    file.truncate()
    for piece in _body(response, max_bytes):
        digest.update(piece)
        file.write(piece)
    file.flush()
    return digest.hexdigest()


@contextmanager
def part_of(path: Path) -> Iterator[IO[bytes]]:
    """`<path>.part`, open for writing by us alone; removed at the end, unless renamed.

    Raises FetchError while another process has it. The lock goes with its holder, so
    what a killed one left is written over.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        file = _locked(part)
    except BlockingIOError:
        raise FetchError(
            f"{path} is being fetched by another process; wait for it to end."
        ) from None
    except OSError as error:
        raise FetchError(f"{part} cannot be written: {error.strerror}.") from None
    try:
        yield file
    finally:
        if _is_at(file, part):
            part.unlink()
        # It tries once more to write what found no room; that was told already.
        with suppress(OSError):
            file.close()


def _locked(part: Path) -> IO[bytes]:
    while True:
        # Not emptied: it may be another's, who is writing to it.
        file = open(part, "w+b", opener=_without_truncating)  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise
        if _is_at(file, part):
            return file
        # Its last holder renamed or removed it after we opened it.
        file.close()


def _without_truncating(path: str, _: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _state_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.state")


def _read_state(path: Path, url: str) -> dict[str, Any]:
    """What is known of the file at `path`, if it came from `url`."""
    try:
        state = orjson.loads(_state_path(path).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    is_same = isinstance(state, dict) and state.get("url") == url
    return state if is_same and path.exists() else {}


def _write_state(path: Path, url: str, response: httpx2.Response, sha256: str) -> None:
    state = {
        "url": url,
        "sha256": sha256,
        "etag": response.headers.get("ETag"),
        "last_modified": response.headers.get("Last-Modified"),
    }
    _state_path(path).write_bytes(orjson.dumps(state))


def _conditions(state: dict[str, Any]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return {header: state[key] for key, header in names.items() if state.get(key)}
