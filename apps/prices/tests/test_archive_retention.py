"""Raw prices are dropped once they are archived, and never before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection
from django.utils import timezone

from apps.cards.models import Card
from apps.prices.archive.folder import Folder
from apps.prices.archive.services import archive_prices, retire_prices
from apps.prices.ingest.base import PriceData
from apps.prices.models import IngestRun, Marketplace, PriceSnapshot
from apps.prices.services import record_prices
from apps.prices.tasks import archive_the_day, maintain_storage
from apps.prices.tests.factories import make_card
from mtgintel.core.timescale import retention_cutoff
from mtgintel.core.timescale.engine import has_timescale
from tests.engines.storage import drop_expired_chunks, rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture
def card() -> Card:
    return make_card()


def weeks_past_retention(n: int) -> datetime:
    """Noon of a day `n` weeks before the first that policy keeps."""
    kept = timezone.now() - timedelta(days=project.PRICE_RETENTION_DAYS)
    return (kept - timedelta(weeks=n)).replace(hour=12, minute=0, second=0)


def record(card: Card, moment: datetime, amount: str = "7") -> IngestRun:
    stream = Marketplace.objects.get(slug="cardkingdom")
    price = PriceData(card.pk, stream.pk, Decimal(amount), "USD", moment)
    return record_prices(price, source="test")


def held() -> list[datetime]:
    return [time for (time,) in rows("SELECT time FROM price_snapshots ORDER BY 1")]


def policies_on() -> list[bool]:
    """Whether TimescaleDB's own worker drops raw prices; empty without it."""
    if not has_timescale(connection):
        return []
    return [
        is_on
        for (is_on,) in rows(
            "SELECT scheduled FROM timescaledb_information.jobs "
            "WHERE proc_name = 'policy_retention' "
            "AND hypertable_name = 'price_snapshots'"
        )
    ]


def archived_days(folder: Path) -> set[date]:
    return set(Folder(str(folder)).manifest().days)


def test_cutoff_is_the_policys():
    cutoff = retention_cutoff("price_snapshots")

    age = datetime.now(UTC) - cutoff
    assert abs(age - timedelta(days=project.PRICE_RETENTION_DAYS)) < timedelta(hours=1)
    assert retention_cutoff("card_prices_daily") is None


def test_what_is_due_is_archived_then_dropped(folder, card):
    old, recent = weeks_past_retention(3), timezone.now()
    record(card, old)
    record(card, recent)

    maintain_storage()

    assert held() == [recent]
    assert archived_days(folder) == {old.date()}


def test_nothing_goes_while_the_archive_does_not_answer(settings, tmp_path, card):
    (tmp_path / "file").write_text("in the way")
    settings.ARCHIVE_URL = str(tmp_path / "file" / "archive")
    old = weeks_past_retention(3)
    record(card, old)

    maintain_storage()

    assert held() == [old]


def test_nothing_goes_from_the_first_day_on_that_is_not_archived(folder, card):
    """The file of the second of three days cannot be replaced."""
    days = [weeks_past_retention(n) for n in (6, 4, 2)]
    for moment in days:
        record(card, moment)
    archive_prices()
    manifest = Folder(str(folder)).manifest()
    (folder / manifest.days[days[1].date()].path).write_bytes(b"damaged")

    retire_prices()

    assert held() == days[1:]


def test_a_day_corrected_after_it_was_archived_is_archived_again(folder, card):
    moment = weeks_past_retention(3)
    record(card, moment, "7")
    archive_prices()
    record(card, moment, "8")
    before = Folder(str(folder)).manifest().days[moment.date()]

    retire_prices()

    after = Folder(str(folder)).manifest().days[moment.date()]
    assert held() == []
    assert after.sha256 != before.sha256


def test_late_rows_of_a_dropped_day_join_what_was_archived(folder, card):
    moment = weeks_past_retention(3)
    record(card, moment)
    retire_prices()
    assert held() == []
    record(card, moment + timedelta(hours=1))

    retire_prices()

    assert held() == []
    assert Folder(str(folder)).manifest().days[moment.date()].rows == 2


def test_without_an_archive_the_policy_is_carried_out(settings, card):
    settings.ARCHIVE_URL = ""
    record(card, weeks_past_retention(3))

    retire_prices()
    drop_expired_chunks()

    assert held() == []


def test_the_engines_own_policy_waits_for_the_archive(settings, tmp_path, card):
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    retire_prices()
    while_on = policies_on()
    settings.ARCHIVE_URL = ""
    retire_prices()

    is_timescale = has_timescale(connection)
    assert while_on == ([False] if is_timescale else [])
    assert policies_on() == ([True] if is_timescale else [])


def test_the_task_archives(folder, card):
    moment = timezone.now() - timedelta(days=2)
    record(card, moment)

    assert archive_the_day() == {"days": 1, "rows": 1}
    assert archived_days(folder) == {moment.astimezone(UTC).date()}


def test_the_task_does_nothing_without_an_archive(settings, card):
    settings.ARCHIVE_URL = ""
    record(card, timezone.now() - timedelta(days=2))

    assert archive_the_day() == {}
    assert PriceSnapshot.objects.count() == 1
