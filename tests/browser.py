"""Pytest plugin: pages of the machine's own Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class OpenPage(Protocol):
    """Opens a page; sizes are CSS pixels."""

    def __call__(
        self, *, dark: bool = False, width: int = 1440, height: int = 900
    ) -> Page: ...


# Playwright keeps an event loop running in this thread as long as it is up, which
# asynchronous tests of other modules would trip over: hence a browser per module.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # That loop makes Django take this thread for an asynchronous one.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), chromium_sandbox=False, args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens pages that close with the test; an uncaught script error fails it."""
    contexts = []
    errors: list[str] = []

    def open_page(*, dark: bool = False, width: int = 1440, height: int = 900) -> Page:
        context = chromium.new_context(
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def chromium_page(open_page: OpenPage) -> Page:
    """A desktop page in the light scheme."""
    return open_page()
