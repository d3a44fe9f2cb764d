"""How people are told: letters, posts, quiet hours, and what a post may reach."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.alerts import mail, webhooks
from apps.alerts.models import Alert, Attempt, Delivery, DeliverySettings, Firing
from apps.alerts.services import deliveries, sending
from apps.alerts.services.deliveries import plan_deliveries
from apps.alerts.services.rules import create_alert, fire_test
from apps.alerts.services.sending import claim_due, record, send_due
from apps.alerts.services.settings import renew_secret, save_settings
from apps.alerts.webhooks import Posted, WebhookAddressError, checked_url
from mtgintel.core import public_network

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def alert(owner) -> Alert:
    return create_alert(
        owner=owner, kind="WANT", name="wants", by_mail=True, by_webhook=True
    )


@pytest.fixture
def address(owner) -> str:
    EmailAddress.objects.create(
        user=owner, email="ann@example.org", verified=True, primary=True
    )
    save_settings(owner=owner)
    return "ann@example.org"


def fire(alert: Alert, *titles: str, now: datetime | None = None) -> list[Firing]:
    start = Firing.objects.count()
    rows = Firing.objects.bulk_create(
        Firing(
            owner_id=alert.owner_id,
            alert=alert,
            subject=f"want:{start + number}",
            crossing=1,
            kind=alert.kind,
            title=title,
            value=Decimal("39.5"),
            fired_at=now or timezone.now(),
        )
        for number, title in enumerate(titles)
    )
    plan_deliveries(firings=rows, now=now or timezone.now())
    return rows


class TestLetters:
    def test_one_letter_for_all_of_a_run(self, alert, address, mailoutbox):
        fire(alert, "Opt is $1.00", "Shock is $2.00")

        assert send_due() == {"sent": 1, "failed": 0}

        (letter,) = mailoutbox
        assert letter.to == [address]
        assert letter.subject == "MTG Market Intel: 2 alerts fired"
        assert "Opt is $1.00." in letter.body
        assert "Shock is $2.00." in letter.body
        assert send_due() == {"sent": 0, "failed": 0}
        attempt = Attempt.objects.get()
        assert (attempt.is_success, attempt.delivery.status) == (True, "SENT")

    def test_what_is_still_waiting_takes_the_new_along(
        self, alert, address, mailoutbox
    ):
        fire(alert, "one")
        fire(alert, "two")
        assert Delivery.objects.count() == 1
        send_due()
        assert len(mailoutbox) == 1

    def test_a_title_cannot_add_headers_or_markup(self, alert, address, mailoutbox):
        fire(alert, "Opt\r\nBcc: all@example.org <script>alert(1)</script>")
        send_due()
        (letter,) = mailoutbox
        assert "\n" not in letter.subject
        assert letter.recipients() == [address]
        assert letter.content_subtype == "plain"

    def test_a_letter_is_written_down_before_the_next_can_fail(
        self, alert, address, owner, mailoutbox, monkeypatch
    ):
        fire(alert, "Opt is $1.00")
        bob = User.objects.create_user("bob")
        save_settings(owner=bob)
        fire(create_alert(owner=bob, kind="WANT", by_mail=True), "Shock is $2.00")
        send = mail.send

        def break_down(owner_id: int, firings: list[Firing]) -> str:
            if owner_id == bob.pk:
                raise RuntimeError
            return send(owner_id, firings)

        monkeypatch.setattr(mail, "send", break_down)
        with pytest.raises(RuntimeError):
            send_due()

        assert len(mailoutbox) == 1
        first, second = Delivery.objects.order_by("id")
        assert (first.status, second.status) == ("SENT", "SENDING")

    def test_an_owner_who_left_while_it_was_sent(self, alert, address, owner):
        fire(alert, "Opt is $1.00")
        (taken,) = claim_due()
        owner.delete()

        record(delivery=taken, posted=Posted(None, "", 1))

        assert not Attempt.objects.exists()

    def test_only_a_verified_address(self, alert, owner, mailoutbox):
        EmailAddress.objects.create(user=owner, email="ann@example.org", verified=False)
        save_settings(owner=owner)
        fire(alert, "one")

        assert send_due() == {"sent": 0, "failed": 1}
        assert mailoutbox == []
        assert "no verified" in Attempt.objects.get().error

    def test_nothing_where_letters_are_off_or_were_not_asked_for(
        self, alert, owner, address
    ):
        save_settings(owner=owner, is_mail_on=False)
        fire(alert, "one")
        save_settings(owner=owner, is_mail_on=True)
        Alert.objects.update(by_mail=False)
        fire(Alert.objects.get(), "two")
        assert not Delivery.objects.filter(channel="MAIL").exists()

    def test_the_link_ends_the_letters(self, alert, owner, address, client, mailoutbox):
        fire(alert, "one")
        send_due()
        link = mailoutbox[0].extra_headers["List-Unsubscribe"].strip("<>")
        assert link in mailoutbox[0].body
        path = link.removeprefix("http://127.0.0.1:8000")
        fire(alert, "two")

        # Opening it only asks: programs open links.
        assert client.get(path).status_code == 200
        assert DeliverySettings.objects.get().is_mail_on
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200

        assert not DeliverySettings.objects.get().is_mail_on
        assert send_due() == {"sent": 0, "failed": 0}
        assert len(mailoutbox) == 1
        assert client.post(f"{path[:-2]}x/").status_code == 404
        assert client.get("/alerts/unsubscribe/nonsense/").status_code == 404

    def test_anothers_link_is_not_made_from_ones_own(self, owner):
        token = mail.unsubscribe_url(owner.pk).rstrip("/").rpartition("/")[2]
        assert mail.owner_of(token) == owner.pk
        with pytest.raises(signing.BadSignature):
            mail.owner_of(signing.dumps(owner.pk, salt="another"))


class TestQuietHours:
    def test_letters_wait_and_come_as_one(self, alert, owner, address, mailoutbox):
        save_settings(
            owner=owner,
            quiet_from=time(22),
            quiet_until=time(7),
            time_zone="Europe/Berlin",
        )
        night = datetime(2026, 1, 10, 23, 0, tzinfo=UTC)
        with time_machine.travel(night, tick=False):
            fire(alert, "one", now=night)
            assert send_due() == {"sent": 0, "failed": 0}
            assert Firing.objects.filter(seen_at=None).count() == 1
        with time_machine.travel(night + timedelta(hours=3), tick=False):
            fire(alert, "two", now=night + timedelta(hours=3))
        with time_machine.travel(datetime(2026, 1, 11, 6, tzinfo=UTC), tick=False):
            assert send_due() == {"sent": 1, "failed": 0}
        assert mailoutbox[0].subject.endswith("2 alerts fired")

    def test_a_test_does_not_wait(self, alert, owner, address, mailoutbox):
        save_settings(owner=owner, quiet_from=time(0), quiet_until=time(23, 59, 59))
        with time_machine.travel(datetime(2026, 1, 11, 6, tzinfo=UTC), tick=False):
            assert fire_test(alert=alert) == 1
            send_due()
        assert mailoutbox[0].subject.endswith("Test of “wants”")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"time_zone": "Mars/Olympus"}, "time_zone"),
            ({"time_zone": "../../etc/passwd"}, "time_zone"),
            ({"quiet_from": time(22)}, "quiet_until"),
            ({"owner_id": 7}, "owner_id"),
        ],
    )
    def test_what_is_wrong_is_refused(self, owner, fields, field):
        with pytest.raises(ValidationError) as error:
            save_settings(owner=owner, **fields)
        assert field in error.value.message_dict
        row = DeliverySettings.objects.first()
        assert row is None or row.quiet_from is None


class Receiver:
    """A server of somebody's; it answers with `answer`."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: tuple[int, dict[str, str]] = (200, {})
        self.drips = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append((self.path, dict(self.headers), body))
                if outer.drips:
                    self._drip()
                    return
                code, headers = outer.answer
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def _drip(self) -> None:
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                    for _ in range(100):
                        self.wfile.write(b"x")
                        self.wfile.flush()
                        clock.sleep(0.1)
                except OSError:
                    """The other side has had enough."""

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook"


@pytest.fixture
def receiver(monkeypatch) -> Iterator[Receiver]:
    """On this machine, which stands in for the public internet."""
    monkeypatch.setattr(public_network, "is_public", lambda address: True)
    monkeypatch.setattr(webhooks, "is_public", lambda address: True)
    receiver = Receiver()
    thread = threading.Thread(target=receiver.http.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.http.shutdown()
    thread.join()
    receiver.http.server_close()


@pytest.fixture
def hooked(owner, receiver) -> DeliverySettings:
    return save_settings(owner=owner, is_mail_on=False, webhook_url=receiver.url)


class TestWebhooks:
    def test_a_signed_body(self, alert, hooked, receiver):
        (firing,) = fire(alert, "Opt is $1.00")

        assert send_due() == {"sent": 1, "failed": 0}

        ((path, headers, body),) = receiver.posts
        assert path == "/hook"
        said = json.loads(body)
        assert said["alerts"][0]["title"] == "Opt is $1.00"
        assert said["alerts"][0]["value"] == "39.50"
        assert said["alerts"][0]["id"] == firing.pk
        moment, _, found = headers["X-Signature"].partition(",")
        signed = moment.removeprefix("t=").encode() + b"." + body
        expected = hmac.new(
            hooked.webhook_secret.encode(), signed, hashlib.sha256
        ).hexdigest()
        assert found == f"v1={expected}"
        assert headers["Idempotency-Key"] == said["id"]
        assert Attempt.objects.get().code == 200

    def test_a_post_carries_no_more_than_its_receiver_takes(
        self, alert, hooked, receiver, monkeypatch
    ):
        save_settings(owner=alert.owner, is_mail_on=True)
        monkeypatch.setitem(deliveries.MOST, Delivery.Channel.WEBHOOK, 2)
        for titles in (["Opt"], ["Shock", "Duress", "Ponder", "Brainstorm"]):
            fire(alert, *titles)

        assert [
            len(one.firing_ids)
            for one in Delivery.objects.filter(channel="WEBHOOK").order_by("id")
        ] == [2, 2, 1]
        # A letter takes all of them.
        assert len(Delivery.objects.get(channel="MAIL").firing_ids) == 5

    def test_nothing_is_sent_for_a_closed_account(self, alert, hooked, receiver, owner):
        fire(alert, "Opt is $1.00")
        User.objects.filter(pk=owner.pk).update(is_active=False)

        assert send_due() == {"sent": 0, "failed": 0}
        assert set(Delivery.objects.values_list("status", flat=True)) == {"DROPPED"}

    def test_another_secret_signs_otherwise(self, owner, hooked):
        renew_secret(owner=owner)
        assert DeliverySettings.objects.get().webhook_secret != hooked.webhook_secret

    def test_it_is_tried_again_with_growing_pauses(self, alert, hooked, receiver):
        receiver.answer = (503, {})
        fire(alert, "one")
        now = timezone.now()
        for number, pause in enumerate(sending.PAUSES):
            with time_machine.travel(now, tick=False):
                assert send_due() == {"sent": 0, "failed": 1}
                row = Delivery.objects.get()
                assert (row.status, row.attempts) == ("WAITING", number + 1)
                assert row.due_at == now + pause
                assert send_due() == {"sent": 0, "failed": 0}
            now += pause
        with time_machine.travel(now, tick=False):
            send_due()
        assert Delivery.objects.get().status == "FAILED"
        assert Attempt.objects.count() == len(sending.PAUSES) + 1
        assert set(Attempt.objects.values_list("error", flat=True)) == {
            "it answered 503"
        }
        names = {headers["Idempotency-Key"] for _, headers, _ in receiver.posts}
        assert len(names) == 1

    def test_redirects_are_not_followed(self, alert, hooked, receiver):
        receiver.answer = (307, {"Location": "http://169.254.169.254/latest"})
        fire(alert, "one")
        assert send_due() == {"sent": 0, "failed": 1}
        assert len(receiver.posts) == 1
        assert Attempt.objects.get().error == "it answered 307"

    def test_an_answer_that_drips_is_cut_off(
        self, alert, hooked, receiver, monkeypatch
    ):
        monkeypatch.setattr(webhooks, "TOTAL_SECONDS", 0.5)
        receiver.drips = True
        fire(alert, "one")
        started = clock.monotonic()
        assert send_due() == {"sent": 0, "failed": 1}
        assert clock.monotonic() - started < 5
        assert "Timeout" in Attempt.objects.get().error

    def test_after_many_failures_it_is_switched_off(
        self, alert, owner, hooked, receiver
    ):
        receiver.answer = (500, {})
        DeliverySettings.objects.update(webhook_failures=sending.MAX_FAILURES - 1)
        fire(alert, "one")
        Delivery.objects.create(
            owner=owner, channel="WEBHOOK", due_at=timezone.now() + timedelta(hours=1)
        )
        send_due()

        row = DeliverySettings.objects.get()
        assert row.webhook_disabled_at is not None
        assert set(Delivery.objects.values_list("status", flat=True)) == {"DROPPED"}
        fire(alert, "two")
        assert len(receiver.posts) == 1

        again = save_settings(owner=owner, webhook_url=receiver.url)
        assert (again.webhook_disabled_at, again.webhook_failures) == (None, 0)

    def test_gone_is_gone(self, alert, hooked, receiver):
        receiver.answer = (410, {})
        fire(alert, "one")
        send_due()
        assert DeliverySettings.objects.get().webhook_disabled_at is not None

    def test_a_success_forgets_the_failures(self, alert, hooked, receiver):
        DeliverySettings.objects.update(webhook_failures=5)
        fire(alert, "one")
        send_due()
        assert DeliverySettings.objects.get().webhook_failures == 0

    def test_a_test_goes_out_at_once(self, alert, hooked, receiver):
        assert fire_test(alert=alert) == 1
        send_due()
        assert json.loads(receiver.posts[0][2])["alerts"][0]["is_test"] is True

    def test_one_of_those_who_died_is_sent_again_under_the_same_name(
        self, alert, hooked, receiver
    ):
        fire(alert, "one")
        (lost,) = claim_due()
        assert claim_due() == []
        Delivery.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))

        assert send_due() == {"sent": 1, "failed": 0}
        # The dead one comes back: its word does not count any more.
        record(delivery=lost, posted=Posted(None, "late", 1))
        assert Delivery.objects.get().status == "SENT"
        assert Attempt.objects.count() == 1


class TestAddresses:
    """Nothing is posted to our own network, however it is spelled."""

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/x",
            "http://localhost/x",
            "http://2130706433/x",
            "http://0x7f000001/x",
            "http://0177.0.0.1/x",
            "http://127.1/x",
            "http://[::1]/x",
            "http://[::ffff:127.0.0.1]/x",
            "http://[64:ff9b::7f00:1]/x",
            "http://[fe80::1]/x",
            "http://10.0.0.7/x",
            "http://192.168.0.1/x",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/x",
            "http://0.0.0.0/x",
        ],
    )
    def test_no_post_reaches_it(self, url):
        posted = webhooks.post(url, b"{}", secret="x", name="n")
        assert not posted.is_success
        assert posted.code is None
        assert "public internet" in posted.error

    def test_a_name_that_leads_there(self, monkeypatch):
        def resolve(host, port, **_):
            return [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        posted = webhooks.post("http://hook.example/x", b"{}", secret="x", name="n")
        assert "public internet" in posted.error

    def test_a_name_that_changes_its_mind(self, monkeypatch):
        """It is asked once, and that answer is connected to."""
        asked: list[str] = []
        answers = ["93.184.215.14", "127.0.0.1"]

        def resolve(host, port, **_):
            asked.append(host)
            return [(socket.AF_INET, 1, 6, "", (answers[len(asked) - 1], port))]

        connected: list[str] = []

        class Backend:
            def connect_tcp(self, host, *_):
                connected.append(host)
                raise public_network.httpcore2.ConnectError("enough")

        monkeypatch.setattr(public_network.httpcore2, "SyncBackend", Backend)
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        posted = webhooks.post("http://hook.example/x", b"{}", secret="x", name="n")
        assert (asked, connected) == (["hook.example"], ["93.184.215.14"])
        assert "enough" in posted.error

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "hook.example",
            "ftp://hook.example/x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://",
            "http:///x",
            "http://user:password@hook.example/x",
            "http://hook.example/x#y",
            "http://hook.example:99999/x",
            "http://hook.example:0/x",
            "http://hook.example/a b",
            "http://hook.example/\r\nX: y",
            "http://[::1",
            f"http://hook.example/{'x' * 500}",
        ],
    )
    def test_what_is_no_address_is_refused(self, owner, url):
        with pytest.raises(WebhookAddressError):
            checked_url(url)
        if url:
            with pytest.raises(ValidationError):
                save_settings(owner=owner, webhook_url=url)
            assert not DeliverySettings.objects.exclude(webhook_url="").exists()

    def test_in_production_only_https(self, settings):
        settings.ALERT_WEBHOOK_HTTPS_ONLY = True
        with pytest.raises(WebhookAddressError, match="https"):
            checked_url("http://hook.example/x")
        assert checked_url("https://hook.example/x") == "https://hook.example/x"

    def test_an_operator_may_name_the_hosts(self, settings):
        settings.ALERT_WEBHOOK_HOSTS = ["hook.example"]
        checked_url("https://hook.example/x")
        checked_url("https://eu.Hook.example./x")
        for host in ("evilhook.example", "hook.example.evil.org"):
            with pytest.raises(WebhookAddressError, match="does not post"):
                checked_url(f"https://{host}/x")


def test_two_processes_take_different_deliveries(owner):
    Delivery.objects.bulk_create(
        Delivery(owner=owner, channel="MAIL", due_at=timezone.now()) for _ in range(40)
    )
    first, second = claim_due(), claim_due()
    assert (len(first), len(second)) == (32, 8)
    assert not {one.pk for one in first} & {one.pk for one in second}


def test_nobody_elses_settings(owner):
    save_settings(owner=owner, time_zone="Europe/Berlin")
    save_settings(owner=User.objects.create_user("bob"), time_zone="Asia/Tokyo")
    assert owner.alert_settings.time_zone == "Europe/Berlin"
