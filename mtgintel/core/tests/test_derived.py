"""Whoever registered hears of changed prices, in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from kombu.exceptions import OperationalError as BrokerError

from mtgintel.core import derived
from mtgintel.core.models import PutOff
from mtgintel.core.tasks import catch_up

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(derived, "_derivations", {})


def test_each_is_told_the_range():
    heard = []
    derived.register("a", lambda start, end: heard.append(("a", start, end)))
    derived.register("b", lambda start, end: heard.append(("b", start, end)))
    derived.derive(START, END)
    assert heard == [("a", START, END), ("b", START, END)]


def test_tables_of_all():
    derived.register("a", print, tables=["one", "two"])
    derived.register("b", print)
    derived.register("c", print, tables=["three"])
    assert derived.tables() == ["one", "two", "three"]


@pytest.mark.storage
@pytest.mark.django_db
class TestInTheBackground:
    @pytest.fixture
    def sent(self, monkeypatch):
        sent: list[str] = []
        monkeypatch.setattr(
            derived.current_app, "send_task", lambda name, **_: sent.append(name)
        )
        return sent

    @pytest.fixture
    def heard(self, sent):
        heard: list[tuple[str, datetime, datetime]] = []
        for name in ("a", "b"):
            derived.register(
                name,
                lambda start, end, name=name: heard.append((name, start, end)),
                in_background=True,
            )
        return heard

    def test_is_put_off_and_one_message_sent(self, heard, sent):
        derived.derive(START, START)
        derived.derive(END, END)
        assert heard == []
        assert sent == ["core.catch_up"]
        assert PutOff.objects.count() == 2

    def test_is_done_once_for_all_ranges_in_order(self, heard):
        derived.derive(END, END)
        derived.derive(START, START)
        assert catch_up() == {"ranges": 2}
        assert heard == [("a", START, END), ("b", START, END)]
        assert PutOff.objects.count() == 0
        assert catch_up() == {"ranges": 0}
        assert len(heard) == 2

    def test_what_comes_meanwhile_is_done_too(self, sent):
        later = [END]
        heard = []

        def derive(start, end):
            heard.append((start, end))
            if later:
                derived.derive(END, later.pop())

        derived.register("a", derive, in_background=True)
        derived.derive(START, START)
        assert derived.catch_up() == 2
        assert heard == [(START, START), (END, END)]

    def test_what_fails_is_kept(self, sent):
        def derive(start, end):
            raise ValueError("broken")

        derived.register("a", derive, in_background=True)
        derived.derive(START, END)
        with pytest.raises(ValueError, match="broken"):
            derived.catch_up()
        assert [(one.start, one.end) for one in PutOff.objects.all()] == [(START, END)]

    def test_without_a_broker_it_is_put_off_all_the_same(self, monkeypatch, caplog):
        def send(*args, **kwargs):
            raise BrokerError("no broker")

        monkeypatch.setattr(derived.current_app, "send_task", send)
        derived.register("a", print, in_background=True)
        derived.derive(START, END)
        assert PutOff.objects.count() == 1
        assert "no broker" in caplog.text

    def test_nothing_is_put_off_for_nobody(self, sent):
        derived.register("a", lambda start, end: None)
        derived.derive(START, END)
        assert PutOff.objects.count() == 0
        assert sent == []
