"""What a first visit loads: style sheets and scripts, compressed as they are served."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.utils import timezone

from apps.cards.models import Card
from apps.inventory.models import Lot
from apps.inventory.services.lots import add_lot
from apps.prices.tests.factories import add_observations, make_card, refresh
from tests.html import Page
from tests.test_states import OWN, PUBLIC

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


def weight(files: set[Path]) -> int:
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


@pytest.fixture
def card(client) -> Card:
    """One with a history, in the collection of who asks."""
    card = make_card()
    history = [(timezone.now() - timedelta(days=1), "50"), (timezone.now(), "52.10")]
    add_observations(card, history)
    refresh(history)
    owner = User.objects.create_user("ann")
    add_lot(owner=owner, card=card, quantity=1)
    client.force_login(owner)
    return card


def test_every_page_stays_within_its_budget(client, card):
    lot = Lot.objects.get()
    own = [card.get_absolute_url(), f"/inventory/lots/{lot.pk}/", "/sets/mh2/"]
    weights = {
        address: weight(loaded_by(Page(client.get(address))))
        for address in [*PUBLIC, *OWN, *own, "/find/", "/methodology/", "/settings/"]
    }
    assert {each for each in weights if weights[each] > BUDGET} == set()


def test_card_page_loads_its_chart(client, card):
    files = loaded_by(Page(client.get(card.get_absolute_url())))
    names = {file.name for file in files}
    assert "lightweight-charts.standalone.production.js" in names
    assert {"charts.js", "live.js", "site.css"} <= names
    assert "palette.js" not in names


def test_page_without_a_chart_loads_no_chart_library(client):
    assert weight(loaded_by(Page(client.get("/cards/")))) <= 30_000
