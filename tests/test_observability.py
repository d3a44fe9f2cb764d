"""What is drawn and what rings is told by a service that is really at work."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import yaml
from asgiref.sync import sync_to_async
from celery import shared_task
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from apps.prices.models import IngestRun
from apps.prices.tests.factories import make_card, make_price
from mtgintel.celery import app
from mtgintel.core import cache, heartbeat
from mtgintel.core.live.hub import get_hub
from mtgintel.core.models import Alarm
from tests.documents import CHECKOUT

DEPLOY = CHECKOUT / "deploy/observability"
NAME = re.compile(r"\bmtgintel_\w+")


def read(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text("utf-8"))


def dashboard() -> dict[str, Any]:
    return json.loads((DEPLOY / "grafana/dashboards/mtgintel.json").read_text("utf-8"))


def drawn() -> set[str]:
    expressions = [
        t["expr"] for p in dashboard()["panels"] for t in p.get("targets", [])
    ]
    return {name for expr in expressions for name in NAME.findall(expr)}


def ringing() -> set[str]:
    rules = [rule for group in read("rules.yml")["groups"] for rule in group["rules"]]
    return {name for rule in rules for name in NAME.findall(rule["expr"])}


def told() -> tuple[set[str], set[str]]:
    """Names of samples, and of whole metrics, as the service tells them."""
    families = list(
        text_string_to_metric_families(Client().get("/metrics").content.decode())
    )
    samples = {sample.name for family in families for sample in family.samples}
    return samples, {family.name for family in families if family.samples}


def exercise() -> None:
    """Requests, computed values, tasks, readings, prices and alarms."""

    @shared_task(name="tests.exercise")
    def work() -> None: ...

    now = timezone.now()
    Client().get("/")
    cache.get_or_compute("tests.exercise", lambda: 1)
    work.apply()
    app.tasks.unregister("tests.exercise")
    heartbeat.beat("celery@here")
    make_price(make_card(), "1.00", "cardmarket", as_of=now - timedelta(hours=1))
    cache.bump()
    IngestRun.objects.create(
        source="cardmarket", status="SUCCEEDED", finished_at=now, as_of=now
    )
    Alarm.objects.create(kind="disk", message="x", is_public=False, raised_at=now)


async def follow_and_leave() -> None:
    from mtgintel.asgi import application

    headers = [(b"host", b"testserver")]
    client = WebsocketCommunicator(application, "/api/ws", headers=headers)
    client.scope["client"] = ("192.0.2.1", 50000)
    await client.connect()
    await client.send_json_to({"action": "ping"})
    await client.receive_json_from()
    await client.disconnect()
    await get_hub().close()


@pytest.mark.django_db(transaction=True)
async def test_all_that_is_drawn_or_rings_is_told_and_explained():
    await follow_and_leave()
    await sync_to_async(exercise)()
    samples, families = await sync_to_async(told)()
    await sync_to_async(connections.close_all)()
    assert drawn() - samples == set()
    assert ringing() - samples == set()
    # The handbook has a line for each metric, and none for what is not there.
    ours = {name for name in families if name.startswith("mtgintel_")}
    handbook = (CHECKOUT / "docs/operations.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `(mtgintel_\w+)` \|", handbook, re.MULTILINE))
    assert {name.removesuffix("_total") for name in explained} == ours


def test_names_follow_the_conventions_of_prometheus():
    for name in drawn() | ringing():
        assert not re.search(r"_(ms|minutes|hours|mb|percent)\b", name)


def test_each_alert_has_its_place_in_the_handbook():
    handbook = (CHECKOUT / "docs/operations.md").read_text("utf-8")
    for group in read("rules.yml")["groups"]:
        for rule in group["rules"]:
            assert f"`{rule['alert']}`" in handbook
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"]["summary"]


def test_panels_have_places_of_their_own_and_the_datasource_that_is_provisioned():
    (source,) = read("grafana/datasources/prometheus.yml")["datasources"]
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == source["uid"]


def test_compose_starts_them_only_when_asked_and_mounts_what_is_there():
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))
    for name in ("prometheus", "grafana"):
        service = compose["services"][name]
        assert service["profiles"] == ["observability"]
        assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (CHECKOUT / source).exists()
            else:
                assert source in compose["volumes"]
    # Nobody from outside reaches either.
    assert "ports" not in compose["services"]["prometheus"]
    (port,) = compose["services"]["grafana"]["ports"]
    assert port.startswith("127.0.0.1:")
    (job,) = read("prometheus.yml")["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["web:8000"]}]


@pytest.mark.parametrize("name", ["Caddyfile", "Caddyfile.scale"])
def test_the_proxy_hands_no_metrics_out(name):
    lines = (CHECKOUT / "deploy" / name).read_text("utf-8").split("\n")
    stripped = [line.strip() for line in lines]
    assert "@metrics path /metrics /metrics/*" in stripped
    assert "respond @metrics 404" in stripped
