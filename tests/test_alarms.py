"""Alarms are raised once and over once, whatever restarts in between."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from smtplib import SMTPServerDisconnected

import msgspec
import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction

from apps.prices.models import IngestRun, QuarantinedPrice
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core import alarms, cache, troubles
from mtgintel.core.backup.manifest import Manifest
from mtgintel.core.models import Alarm, PutOff
from mtgintel.core.tasks import watch

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture(autouse=True)
def clock(settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path / "backups")
    settings.ALARM_FREE_BYTES = 0
    settings.ADMINS = [("ops@example.org", "ops@example.org")]
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def lines(caplog):
    """What was said since, as (level, message)."""
    caplog.set_level(logging.INFO, "mtgintel.core.alarms")

    def since() -> list[tuple[str, str]]:
        said = [
            (line.levelname, line.getMessage())
            for line in caplog.records
            if line.name == "mtgintel.core.alarms"
        ]
        caplog.clear()
        return said

    return since


def look() -> dict[str, int]:
    cache.bump()
    return watch()


def standing() -> set[tuple[str, str]]:
    return {(alarm.kind, alarm.subject) for alarm in alarms.standing()}


def run_of(source: str, status: str, **fields) -> IngestRun:
    return IngestRun.objects.create(
        source=source, status=status, started_at=NOW, finished_at=NOW, **fields
    )


class TestStream:
    def test_said_once_when_it_begins_and_once_when_it_is_over(self, clock, lines):
        price = make_price(make_card(), "1.00", "cardmarket", as_of=NOW)
        window = timedelta(hours=price.marketplace.freshness_hours)
        assert look() == {"raised": 0, "over": 0}

        clock.shift(window + timedelta(minutes=1))
        assert look() == {"raised": 1, "over": 0}
        message = (
            f"{price.marketplace.name}: the newest price is of 2026-03-02 12:00 UTC, "
            f"older than {price.marketplace.freshness_hours} h."
        )
        assert lines() == [("ERROR", f"alarm: {message}")]
        assert standing() == {("stream", "cardmarket")}

        for _ in range(3):  # every five minutes, in processes that know of no other
            clock.shift(300)
            assert look() == {"raised": 0, "over": 0}
        assert lines() == []

        price.as_of = NOW + window
        price.save()
        clock.shift(300)
        assert look() == {"raised": 0, "over": 1}
        assert lines() == [("WARNING", f"over after 0:20:00: {message}")]
        assert standing() == set()
        alarm = Alarm.objects.get()
        assert alarm.is_public
        assert alarm.over_at - alarm.raised_at == timedelta(minutes=20)

    def test_one_without_prices_is_not_stale(self):
        assert look() == {"raised": 0, "over": 0}

    def test_it_may_come_again(self, clock):
        price = make_price(make_card(), "1.00", "cardmarket", as_of=NOW)
        for _ in range(2):
            clock.shift(timedelta(days=10))
            assert look()["raised"] == 1
            price.as_of = datetime.now(UTC)
            price.save()
            assert look()["over"] == 1
        assert Alarm.objects.count() == 2


class TestLetters:
    def test_one_at_the_beginning_and_one_at_the_end(self, clock):
        run = run_of("goatbots", "FAILED", error="postgres://u:pass@host")
        look(), look()
        (letter,) = mail.outbox
        assert letter.to == ["ops@example.org"]
        assert letter.subject == (
            "[MTG Market Intel] GoatBots: the reading of 2026-03-02 12:00 UTC failed."
        )
        assert "ALARM since 2026-03-02 12:00 UTC: GoatBots" in letter.body
        assert "pass@host" not in letter.body

        run.delete()
        clock.shift(3600)
        look(), look()
        assert len(mail.outbox) == 2
        assert "OVER at 2026-03-02 13:00 UTC, since 2026-03-02 12:00" in (
            mail.outbox[1].body
        )

    def test_several_at_once_are_one_letter(self):
        run_of("goatbots", "FAILED")
        run_of("cardmarket", "REFUSED")
        look()
        (letter,) = mail.outbox
        assert letter.subject == "[MTG Market Intel] 2 alarms, 0 over"
        assert "Cardmarket: the reading of 2026-03-02 12:00 UTC was refused." in (
            letter.body
        )

    def test_a_mail_server_that_is_away_gets_it_at_the_next_look(self, monkeypatch):
        def fail(*_args):
            raise SMTPServerDisconnected

        run_of("goatbots", "FAILED")
        with monkeypatch.context() as away:
            away.setattr(EmailBackend, "send_messages", fail)
            assert look() == {"raised": 1, "over": 0}
        assert not mail.outbox
        assert look() == {"raised": 0, "over": 0}
        assert len(mail.outbox) == 1

    def test_without_admins_nobody_is_written_to_later_either(self, settings):
        settings.ADMINS = []
        run_of("goatbots", "FAILED")
        look()
        settings.ADMINS = [("a@example.org", "a@example.org")]
        look()
        assert not mail.outbox


class TestKinds:
    def test_derivations_and_aggregates(self, clock):
        PutOff.objects.create(start=NOW, end=NOW)
        run_of("goatbots", "SUCCEEDED", dirty_from=NOW, dirty_to=NOW)
        clock.shift(timedelta(minutes=59))
        look()
        assert standing() == set()
        clock.shift(timedelta(minutes=2))
        look()
        assert standing() == {("derivations", "derived"), ("aggregates", "aggregates")}

    def test_a_feed_that_is_read_well_again(self):
        run_of("goatbots", "REFUSED")
        look()
        assert standing() == {("feed", "goatbots")}
        run_of("goatbots", "SUCCEEDED")
        look()
        assert standing() == set()

    def test_quarantine(self, settings):
        settings.ALARM_HELD_PRICES = 1
        run, card = run_of("goatbots", "SUCCEEDED"), make_card()
        for day in range(2):
            assert standing() == set()
            QuarantinedPrice.objects.create(
                run=run, reason="x", card=card, time=NOW - timedelta(days=day)
            )
            look()
        (alarm,) = alarms.standing()
        assert alarm.message == "2 doubted prices wait for a decision."
        assert not alarm.is_public

    def test_disk(self, settings):
        settings.ALARM_FREE_BYTES = 1 << 62
        look()
        assert standing() == {("disk", "disk")}

    def test_backups(self, settings, clock):
        directory = Path(settings.BACKUP_DIR)
        look()
        assert standing() == set()
        directory.mkdir()
        look()
        assert standing() == {("backup", "backup")}
        made = Manifest(
            made_at=NOW,
            release="1",
            server_major=17,
            programs_major=17,
            timescaledb=None,
            migrations=[],
            left_out=[],
            bytes=1,
            sha256="",
        )
        (directory / "one").mkdir()
        (directory / "one/manifest.json").write_bytes(msgspec.json.encode(made))
        (directory / "damaged").mkdir()
        (directory / "damaged/manifest.json").write_text("{")
        assert troubles.newest_backup(directory) == NOW
        look()
        assert standing() == set()
        clock.shift(timedelta(hours=49))
        look()
        assert standing() == {("backup", "backup")}

    def test_archive(self, settings, tmp_path, clock):
        settings.ARCHIVE_URL = str(tmp_path)
        (tmp_path / "manifest.json").write_text("{")
        look()
        assert standing() == {("archive", "archive")}
        (tmp_path / "manifest.json").unlink()
        look()
        assert standing() == set()


def test_two_of_a_subject_cannot_stand():
    given = {"kind": "disk", "message": "x", "is_public": False, "raised_at": NOW}
    Alarm.objects.create(**given, over_at=NOW)
    Alarm.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(**given)


def test_old_ones_are_forgotten():
    given = {"kind": "disk", "message": "x", "is_public": False, "raised_at": NOW}
    Alarm.objects.create(**given, over_at=NOW - timedelta(days=91))
    kept = Alarm.objects.create(**given, over_at=NOW - timedelta(days=89))
    look()
    assert list(Alarm.objects.all()) == [kept]


def test_errors_of_requests_are_not_posted_to_operators():
    assert logging.getLogger("django").handlers == []
