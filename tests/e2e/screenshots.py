"""Takes a picture of every page: `make screenshots`.

Starts the demo market on servers of its own, signs somebody in who has a collection
(collector.py), and writes docs/screenshots/*.webp, which the README and the documents
show, and docs/screenshots/pages/*.png, which are there to be looked at and not kept in
the repository: every page from top to bottom, at both widths, light and dark. What is
kept of them are overview-*.webp, the top of every page on one sheet. Says which pages
are wider than the window. `--url` names a site that already runs and is not filled
again; `--only WORD` takes the pages whose name contains the word, and no overview.
"""

from __future__ import annotations

import argparse
import base64
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

from mtgintel.core.embedded.tests.processes import CHECKOUT, environment, kill_all
from tests.browser import FLAGS, chromium_path

from .conftest import free_port, start, wait_until_ready

SHOWN_DIR = CHECKOUT / "docs/screenshots"
PAGES_DIR = SHOWN_DIR / "pages"
# As tests/e2e/collector.py has them.
NAME, PASSWORD = "collector", "a long winding road"
FILL = "from tests.e2e.collector import fill; fill()"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
COLOURS = ("light", "dark")
CARD = "Sheoldred, the Apocalypse"
VISITOR_PAGES = {
    "home-visitor": "/",
    "login": "/account/login/",
    "signup": "/account/signup/",
    "password-reset": "/account/password/reset/",
    "find-visitor": "/find/",
    "status": "/status/",
    "not-found": "/nowhere/",
}
PAGES = {
    "home": "/",
    "movers": "/movers/",
    "spreads": "/spreads/",
    "indices": "/indices/",
    "index": "/indices/all/",
    "sets": "/sets/",
    "set": "/sets/war/",
    "sealed": "/sealed/",
    "compare": "/compare/?cards={card}&indices=all",
    "cards": "/cards/?ordering=-price",
    "card": "/cards/{card}/?period=90d",
    "signals": "/signals/",
    "signal": "/signals/momentum/",
    "recommendations": "/recommendations/",
    "recommendation": "/recommendations/{advice}/",
    "track-record": "/track-record/",
    "data": "/data/",
    "status": "/status/",
    "bulk": "/data/bulk/",
    "methodology": "/methodology/",
    "find": "/find/",
    "portfolio": "/portfolio/",
    "collection": "/inventory/",
    "lot": "/inventory/lots/{lot}/",
    "add": "/inventory/add/?q=lili",
    "add-lot": "/inventory/add/{card}/",
    "sales": "/inventory/sales/",
    "wants": "/inventory/wants/",
    "want-new": "/inventory/wants/new/{card}/",
    "imports": "/inventory/import/",
    "import": "/inventory/import/{import}/",
    "alerts": "/alerts/",
    "alert-new": "/alerts/new/?kind=PRICE&card={card}",
    "alerts-fired": "/alerts/log/",
    "alerts-sent": "/alerts/deliveries/",
    "alerts-settings": "/alerts/settings/",
    "settings": "/settings/",
    "email": "/account/email/",
    "password": "/account/password/change/",
    "second-factor": "/account/2fa/",
    "devices": "/account/sessions/",
    "tokens": "/settings/tokens/",
    "your-data": "/settings/data/",
    "delete-account": "/settings/data/delete/",
    "admin": "/admin/",
    "admin-lots": "/admin/inventory/lot/",
}
# What the README and the documents show: page, width, colours.
SHOWN = {
    ("home", "1440", "light"),
    ("home", "390", "dark"),
    ("card", "1440", "dark"),
    ("card", "390", "light"),
    ("portfolio", "1440", "light"),
    ("track-record", "1440", "light"),
}
WEBP_QUALITY = 80
OVERVIEW_WIDTH, OVERVIEW_QUALITY = 2000, 55
OVERVIEW_STYLE = """
body { display: flex; flex-wrap: wrap; gap: 10px; margin: 10px; background: #8a8a8a; }
figure { margin: 0; font: 13px sans-serif; }
div { overflow: hidden; background: #fff; }
img { display: block; inline-size: 100%; }
"""
# Five of the wide and nine of the narrow ones in a row.
TILES = {
    "1440": "div { width: 387px; height: 300px; }",
    "390": "div { width: 211px; height: 480px; }",
}
# Time for the socket to connect and the charts to draw.
SETTLE_MS = 800
ADVICE_WITHIN_S = 300
# Of the screen: a phone's window grows with what it shows.
WIDER = "width => document.documentElement.scrollWidth - width"


@dataclass
class Visit:
    """One browser window: a width, light or dark."""

    page: Page
    url: str
    width: str
    colours: str

    def take(self, name: str, address: str) -> None:
        self.page.goto(self.url + address, wait_until="load")
        self.page.wait_for_timeout(SETTLE_MS)
        file = f"{name}-{self.width}-{self.colours}"
        if (over := self.page.evaluate(WIDER, int(self.width))) > 0:
            print(f"{file}: {over} px wider than the window")
        if (name, self.width, self.colours) in SHOWN:
            (SHOWN_DIR / f"{file}.webp").write_bytes(webp(self.page))
        self.page.screenshot(path=PAGES_DIR / f"{file}.png", full_page=True)

    def log_in(self) -> None:
        self.page.goto(f"{self.url}/account/login/")
        self.page.locator("[name=login]").fill(NAME)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(f"{self.url}/")


def webp(page: Page, quality: int = WEBP_QUALITY) -> bytes:
    """What the window shows; Playwright itself writes no WebP."""
    session = page.context.new_cdp_session(page)
    said = session.send(
        "Page.captureScreenshot", {"format": "webp", "quality": quality}
    )
    return base64.b64decode(said["data"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    parser.add_argument("--only", default="")
    said = parser.parse_args()
    PAGES_DIR.mkdir(parents=True, exist_ok=True)
    if said.url:
        take_all(said.url.rstrip("/"), said.only)
    else:
        with demo_site() as url:
            take_all(url, said.only)


@contextmanager
def demo_site() -> Iterator[str]:
    """The demo market with its advice and somebody's collection; its address."""
    with TemporaryDirectory(prefix="mtg-pictures-") as directory:
        data_dir, port = Path(directory) / "data", free_port()
        process = start(data_dir, port)
        try:
            wait_until_ready(process)
            url = f"http://127.0.0.1:{port}"
            wait_for_advice(url)
            manage(data_dir, "shell", "-c", FILL)
            yield url
        finally:
            process.terminate()
            process.communicate(timeout=60)
            kill_all(Path(directory))


def manage(data_dir: Path, *arguments: str) -> str:
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env=environment(data_dir),
        check=True,
    ).stdout


def wait_for_advice(url: str) -> None:
    """The worker works it out once the site is up."""
    until = time.monotonic() + ADVICE_WITHIN_S
    while not httpx2.get(f"{url}/api/recommendations").json()["count"]:
        if time.monotonic() > until:
            raise TimeoutError(f"No advice within {ADVICE_WITHIN_S} s.")
        time.sleep(1)


def take_all(url: str, only: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), chromium_sandbox=False, args=FLAGS
        )
        for width in SIZES:
            for colours in COLOURS:
                take_pages(open_window(browser, url, width, colours), only)
                if not only:
                    write_overview(browser, f"{width}-{colours}")
        browser.close()


def write_overview(browser: Browser, kind: str) -> None:
    """The top of every page that was taken, side by side."""
    style = OVERVIEW_STYLE + TILES[kind.split("-", maxsplit=1)[0]]
    tiles = "".join(
        f"<figure><div><img src={name}-{kind}.png></div>"
        f"<figcaption>{name}</figcaption></figure>"
        for name in (VISITOR_PAGES | PAGES)
    )
    sheet = PAGES_DIR / "overview.html"
    sheet.write_text(f"<!DOCTYPE html><style>{style}</style>{tiles}", "utf-8")
    page = browser.new_page(viewport={"width": OVERVIEW_WIDTH, "height": 900})
    page.goto(sheet.as_uri(), wait_until="load")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": OVERVIEW_WIDTH, "height": height})
    file = SHOWN_DIR / f"overview-{kind}.webp"
    file.write_bytes(webp(page, OVERVIEW_QUALITY))
    page.close()


def open_window(browser: Browser, url: str, width: str, colours: str) -> Visit:
    across, down = SIZES[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme="dark" if colours == "dark" else "light",
        reduced_motion="reduce",
        has_touch=width == "390",
        is_mobile=width == "390",
    )
    return Visit(context.new_page(), url, width, colours)


def take_pages(visit: Visit, only: str) -> None:
    for name, address in VISITOR_PAGES.items():
        if only in name:
            visit.take(name, address)
    visit.log_in()
    found = numbers(visit)
    for name, address in PAGES.items():
        if only in name:
            visit.take(name, address.format(**found))
    visit.page.context.close()


def own_pages(visit: Visit) -> dict[str, str]:
    """Where all our pages are for who is logged in; not the admin's."""
    found = numbers(visit)
    return {
        name: address.format(**found)
        for name, address in PAGES.items()
        if "/admin/" not in address
    }


def numbers(visit: Visit) -> dict[str, str]:
    """Keys of a card, an advice, a lot and an import, as the pages link to them."""
    return {
        "card": number(
            visit, f"/cards/?q={CARD}", r'class="row-link"\s+href="/cards/(\d+)/'
        ),
        "advice": number(visit, "/recommendations/", r'href="/recommendations/(\d+)/'),
        "lot": number(visit, "/inventory/", r'href="/inventory/lots/(\d+)/'),
        "import": number(
            visit, "/inventory/import/", r'href="/inventory/import/(\d+)/'
        ),
    }


def number(visit: Visit, address: str, link: str) -> str:
    found = re.search(link, visit.page.request.get(visit.url + address).text())
    assert found, address
    return found.group(1)


if __name__ == "__main__":
    main()
