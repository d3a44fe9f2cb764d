"""Publishing waits for the commit and harms nobody."""

import logging

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connections, transaction
from redis.exceptions import ConnectionError as RedisConnectionError

from mtgintel.core import events
from mtgintel.core.live import ledger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def groups(board):
    """Topics whose state is in the database."""

    def snapshot(key):
        return Group.objects.filter(pk=int(key)).values("name").first()

    events.register_topic("group", message="group_update", snapshot=snapshot)
    yield
    await sync_to_async(connections.close_all)()


def rename(group, name, *, then=lambda: None):
    with transaction.atomic():
        Group.objects.filter(pk=group.pk).update(name=name)
        events.publish([f"group:{group.pk}"])
        then()


async def test_an_update_shows_what_was_committed(connect, subscribe, groups):
    group = await Group.objects.acreate(name="before")
    client = await connect()
    opening = await subscribe(client, f"group:{group.pk}")

    await sync_to_async(rename)(group, "after")

    update = await client.receive_json_from(timeout=5)
    assert opening["snapshot"] == {"name": "before"}
    assert update["data"] == {"name": "after"}


async def test_nothing_is_sent_before_the_commit(connect, subscribe, groups):
    group = await Group.objects.acreate(name="before")
    client = await connect()
    await subscribe(client, f"group:{group.pk}")
    followed = []

    def look():
        followed.append(client.output_queue.qsize())

    await sync_to_async(rename)(group, "after", then=look)

    assert followed == [0]
    assert (await client.receive_json_from(timeout=5))["type"] == "group_update"


async def test_a_rolled_back_change_sends_nothing(connect, subscribe, groups):
    group = await Group.objects.acreate(name="before")
    client = await connect()
    await subscribe(client, f"group:{group.pk}")

    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await sync_to_async(rename)(group, "after", then=fail)

    assert await client.receive_nothing(0.5)


def test_a_dead_redis_is_logged_and_raises_nothing(monkeypatch, caplog, board):
    def fail():
        raise RedisConnectionError("connection refused")

    monkeypatch.setattr(ledger, "followed_topics", fail)
    caplog.set_level(logging.WARNING)

    events.publish({"board:a"})

    assert "nobody can be told of new prices: connection refused" in caplog.text
    assert board.read == []


def test_publishing_without_followers_reads_nothing(board):
    events.publish({"board:a", "board:b"})

    assert board.read == []
    assert events.followed({"board:a"}) == set()
