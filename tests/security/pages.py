"""Every page there is: found by the routes, and by the links of those already found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

_LINK = re.compile(r"""<a\b[^>]*?\bhref=["']([^"']*)["']""")


def addresses_without_parameters() -> list[str]:
    """The paths of all routes that need nothing; with or without slash, once."""
    return sorted({path.rstrip("/"): path for path in _paths()}.values())


def _paths() -> Iterator[str]:
    yield from _of(get_resolver().url_patterns, "")


def _of(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _of(pattern.url_patterns, route)
        elif not set(route) & set("<>()^$\\?"):
            yield f"/{route}"


def view_name(path: str) -> str:
    """What a path leads to: the name of its route. "" where it leads nowhere."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return ""
    return match.view_name or match.route


def links_in(html: str, address: str) -> list[str]:
    """Addresses of this site that a page links to, without their fragments."""
    here = "http://here"
    found = []
    for link in _LINK.findall(html):
        parts = urlsplit(urljoin(here + address, unescape(link)))
        if f"{parts.scheme}://{parts.netloc}" == here:
            query = f"?{parts.query}" if parts.query else ""
            found.append(parts.path + query)
    return found


def walk(get: Callable[[str], str | None]) -> dict[str, str]:
    """Ask for every kind of page once: {name of the route: the address asked for}.

    `get` answers with the HTML of an address, None where there is no page.
    """
    waiting = addresses_without_parameters()
    asked: set[str] = set()
    seen: dict[str, str] = {}
    while waiting:
        address = waiting.pop(0)
        name = view_name(address)
        if not name or name in seen or address in asked:
            continue
        asked.add(address)
        html = get(address)
        if html is None:
            continue
        seen[name] = address
        waiting += [one for one in links_in(html, address) if view_name(one)]
    return seen
