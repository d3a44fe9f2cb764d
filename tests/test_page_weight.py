"""What a first visit loads: style sheets and scripts, compressed as they are served."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from apps.prices.tests.factories import add_observations, make_card, refresh
from tests.html import Page

pytestmark = pytest.mark.django_db

BUDGET = 120_000
IMPORT = re.compile(r'^import .*?from "\./(.+?)";', re.MULTILINE | re.DOTALL)


def with_imports(file: Path) -> set[Path]:
    """A module and every module it leads to."""
    found, waiting = set(), {file}
    while waiting:
        module = waiting.pop()
        found.add(module)
        imports = {module.parent / name for name in IMPORT.findall(module.read_text())}
        waiting |= imports - found
    return found


def loaded_by(page: Page) -> set[Path]:
    sheets = [link.attributes["href"] for link in page.all("link", rel="stylesheet")]
    scripts = [
        script.attributes["src"]
        for script in page.all("script")
        if "src" in script.attributes
    ]
    files = set()
    for url in sheets + scripts:
        found = finders.find(str(url).removeprefix("/static/"))
        assert found, url
        files |= with_imports(Path(found))
    return files


def test_card_page_stays_within_its_budget(client):
    card = make_card()
    history = [(timezone.now(), "52.10")]
    add_observations(card, history)
    refresh(history)
    files = loaded_by(Page(client.get(card.get_absolute_url())))
    names = {file.name for file in files}
    assert "lightweight-charts.standalone.production.js" in names
    assert {"charts.js", "live.js", "site.css"} <= names
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= BUDGET


def test_page_without_a_chart_loads_no_chart_library(client):
    files = loaded_by(Page(client.get("/cards/")))
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 25_000
