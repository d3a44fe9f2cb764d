"""Takes the pictures in docs/screenshots from a running site.

    make run                                     in one terminal
    .venv/bin/python -m tests.e2e.screenshots    in another

`--url` names the site, which has the demo market in it; http://127.0.0.1:8000 if not
given.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import FLAGS, chromium_path

PICTURES_DIR = Path(__file__).resolve().parents[2] / "docs/screenshots"
DESKTOP, PHONE = (1440, 900), (390, 844)
CARD = "Sheoldred, the Apocalypse"
# Name, path, size, colours.
PICTURES = [
    ("home-1440-light", "/", DESKTOP, "light"),
    ("home-1440-dark", "/", DESKTOP, "dark"),
    ("card-1440-light", "card", DESKTOP, "light"),
    ("card-1440-dark", "card", DESKTOP, "dark"),
    ("search-1440-light", "/cards/?ordering=-price", DESKTOP, "light"),
    ("home-390-dark", "/", PHONE, "dark"),
    ("card-390-light", "card", PHONE, "light"),
]
# Time for the socket to connect and the charts to draw.
SETTLE_MS = 1500


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    url = parser.parse_args().url.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), chromium_sandbox=False, args=FLAGS
        )
        card = path_of_card(browser, url)
        for name, path, size, colours in PICTURES:
            address = url + (card if path == "card" else path)
            take(browser, PICTURES_DIR / f"{name}.png", address, size, colours)


def path_of_card(browser: Browser, url: str) -> str:
    page = browser.new_page()
    page.goto(f"{url}/cards/?q={CARD}")
    found = page.locator("main a.row-link").first.get_attribute("href")
    page.close()
    return re.sub(r"\?.*", "?period=90d", found or "/")


def take(
    browser: Browser, file: Path, address: str, size: tuple[int, int], colours: str
) -> None:
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if colours == "dark" else "light",
        reduced_motion="reduce",
    )
    page.goto(address, wait_until="load")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    main()
