"""Every task waits in a queue that somebody takes from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import yaml
from django.conf import settings

from mtgintel.celery import app
from mtgintel.core.embedded.address import Address
from mtgintel.core.embedded.application import Application
from mtgintel.core.embedded.paths import DataPaths
from mtgintel.core.embedded.tests.processes import eventually
from tests.skips import CHECKOUT

QUEUES = {"imports", "alerts", "derive", "ingest"}


def queues_of(command: list[str]) -> set[str]:
    """What a worker takes from: all there are, unless it is told."""
    assert "worker" in command
    told = [one.partition("=")[2] for one in command if one.startswith("--queues")]
    return set(told[0].split(",")) if told else set(app.amqp.queues)


def own_tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_task_says_where_it_waits():
    assert own_tasks() == set(settings.CELERY_TASK_ROUTES)
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} == QUEUES
    assert set(app.amqp.queues) == QUEUES


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("inventory.advance_import", "imports"),
        ("alerts.send", "alerts"),
        ("core.catch_up", "derive"),
        ("prices.ingest_mtgjson_history", "ingest"),
    ],
)
def test_a_message_goes_there(task, queue):
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_what_the_schedule_sends_is_a_task_and_names_no_other_queue():
    schedule = settings.CELERY_BEAT_SCHEDULE.values()

    assert {entry["task"] for entry in schedule} <= own_tasks()
    assert [entry for entry in schedule if "queue" in entry["options"]] == []


def test_the_one_worker_of_make_run_takes_from_all(tmp_path):
    one = Application(CHECKOUT, DataPaths(tmp_path), Address("127.0.0.1", 8000))
    (worker,) = (each for each in one.processes() if each.name == "worker")

    assert queues_of(worker.command) == QUEUES


@pytest.mark.parametrize("scaled", [False, True], ids=["one box", "scaled"])
def test_the_workers_of_compose_take_from_all(scaled):
    names = ["docker-compose.yml", "docker-compose.scale.yml"][: 1 + scaled]
    commands = {}
    for name in names:
        services = yaml.safe_load(Path(CHECKOUT, name).read_text())["services"]
        for service, told in services.items():
            if "worker" in told.get("command", ()):
                commands[service] = told["command"]

    taken = [queue for each in commands.values() for queue in queues_of(each)]
    assert sorted(taken) == sorted(QUEUES)


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.BROKER_REDIS_URL) as broker:
        broker.delete(*QUEUES)
        yield broker
        broker.delete(*QUEUES)


@pytest.mark.process
def test_what_waits_behind_an_ingest_keeps_no_import_waiting(broker):
    """A worker for people leaves the feeds alone, however many wait."""
    names = ("prices.ingest_ecb", "prices.ingest_tcgcsv", "inventory.advance_import")
    for name in names:
        app.send_task(name, (0,))
    command = ["celery", "-A", "mtgintel", "worker", "--pool=solo"]
    worker = subprocess.Popen(
        [sys.executable, "-m", *command, "--queues=imports,alerts"],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: broker.llen("imports") == 0, 60)
    finally:
        worker.terminate()
        worker.wait()

    assert broker.llen("ingest") == 2
