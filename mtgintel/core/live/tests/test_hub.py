"""One listener for many sockets, through whatever Redis does."""

import asyncio
import logging

import orjson
import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError

from mtgintel.core import events
from mtgintel.core.live import hub as hub_module
from mtgintel.core.live import ledger
from mtgintel.core.live.closing import Closing
from mtgintel.core.live.hub import get_hub
from mtgintel.core.live.outbox import Outbox
from mtgintel.core.live.topics import group_name, parse_topic


class Reader:
    """The sending end of a socket: it keeps what is sent, unless it is stuck."""

    def __init__(self, *, send_seconds=5.0):
        self.sent = []
        self._may_send = asyncio.Event()
        self.go_on()
        self.outbox = Outbox(self._send, send_seconds=send_seconds)
        self.pump = asyncio.ensure_future(self.outbox.pump())

    async def _send(self, message):
        await self._may_send.wait()
        self.sent.append(message)

    def get_stuck(self):
        self._may_send.clear()

    def go_on(self):
        self._may_send.set()

    @property
    def texts(self):
        return [message["text"] for message in self.sent if "text" in message]


@pytest.fixture
async def hub(board):
    hub = get_hub()
    yield hub
    await hub.close()


@pytest.fixture
async def reader():
    readers = []

    def reader(**options):
        readers.append(Reader(**options))
        return readers[-1]

    yield reader
    for each in readers:
        each.pump.cancel()


async def until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is nothing to wait for
            await asyncio.sleep(0.01)


def seqs(reader):
    return [orjson.loads(text)["seq"] for text in reader.texts]


class TestFanOut:
    async def test_a_frame_is_encoded_once(self, hub, reader, deliver):
        readers = [reader() for _ in range(3)]
        for each in readers:
            assert await hub.follow(parse_topic("board:a"), each.outbox)

        await deliver("board:a")

        await until(lambda: all(len(each.texts) == 2 for each in readers))
        assert len({id(each.texts[1]) for each in readers}) == 1

    async def test_subscribers_who_come_together_share_one_reading(
        self, hub, reader, board
    ):
        await hub.follow(parse_topic("board:a"), reader().outbox)
        board.read.clear()

        for _ in range(5):
            await hub.follow(parse_topic("board:a"), reader().outbox)

        assert board.read == []

    async def test_many_updates_become_four_a_second_and_the_last_one_counts(
        self, hub, reader, board, deliver
    ):
        follower = reader()
        await hub.follow(parse_topic("board:a"), follower.outbox)
        started = asyncio.get_running_loop().time()

        for number in range(20):
            board.states["a"] = {"number": number}
            await deliver("board:a")
        await until(lambda: follower.texts[-1].endswith('"data":{"number":19}}'))

        seconds = asyncio.get_running_loop().time() - started
        assert len(follower.texts) - 1 <= 4 * seconds + 1
        assert seqs(follower) == sorted(set(seqs(follower)))

    async def test_a_stuck_reader_delays_nobody_and_loses_the_oldest(
        self, hub, reader, board, deliver, settings
    ):
        stuck, other = reader(), reader()
        for each in (stuck, other):
            await hub.follow(parse_topic("board:a"), each.outbox)
        await until(lambda: stuck.texts and other.texts)
        stuck.get_stuck()

        for number in range(3):
            board.states["a"] = {"number": number}
            await deliver("board:a")
            await until(lambda: len(other.texts) == number + 2)  # noqa: B023
        assert len(stuck.texts) == 1
        stuck.go_on()
        await until(lambda: len(stuck.texts) == 3)

        opened, *updates = seqs(other)
        assert updates == [opened + 1, opened + 2, opened + 3]
        # The first was on its way, the second made room for the third, which says so.
        assert seqs(stuck) == [opened, opened + 1, opened + 3]
        assert f'"previous_seq":{opened + 2},' in stuck.texts[2]

    async def test_a_reader_gone_for_long_is_closed(self, hub, reader, deliver):
        stuck = reader(send_seconds=0.2)
        await hub.follow(parse_topic("board:a"), stuck.outbox)
        await until(lambda: stuck.texts)
        stuck.get_stuck()
        await deliver("board:a")
        await until(lambda: stuck.outbox.is_finished)
        stuck.go_on()

        await until(stuck.pump.done)

        assert stuck.sent[-1]["type"] == "websocket.close"
        assert stuck.sent[-1]["code"] == Closing.TOO_SLOW

    async def test_updates_that_overtake_each_other_never_go_back(self, hub, reader):
        follower = reader()
        await hub.follow(parse_topic("board:a"), follower.outbox)
        await until(lambda: follower.texts)
        seq = seqs(follower)[0]
        layer = get_channel_layer()

        for number in (seq + 2, seq + 1):
            await layer.group_send(group_name("board:a"), message("board:a", number))
        await until(lambda: len(follower.texts) == 2)
        await asyncio.sleep(0.4)

        assert seqs(follower) == [seq, seq + 2]


class TestFollowed:
    async def test_only_followed_topics_are_read(self, hub, reader, board, deliver):
        await hub.follow(parse_topic("board:a"), reader().outbox)
        board.read.clear()

        await deliver("board:a", "board:b")

        assert board.read == ["a"]

    async def test_a_topic_nobody_follows_any_more_is_left(
        self, hub, reader, monkeypatch
    ):
        monkeypatch.setattr(hub_module, "BEAT_SECONDS", 0.05)
        follower = reader()
        await hub.follow(parse_topic("board:a"), follower.outbox)

        hub.unfollow("board:a", follower.outbox)

        await until(lambda: hub._feeds == {})

    async def test_what_a_dead_process_followed_expires(
        self, hub, reader, board, deliver, monkeypatch
    ):
        monkeypatch.setattr(ledger, "_FOLLOWED_FOR", -1)
        await hub.follow(parse_topic("board:a"), reader().outbox)
        board.read.clear()

        await deliver("board:a")

        assert board.read == []

    async def test_a_failing_database_refuses_and_the_next_try_succeeds(
        self, hub, reader, board, monkeypatch
    ):
        await hub.follow(parse_topic("board:a"), reader().outbox)

        def fail(key):
            raise DatabaseError("gone")

        events.register_topic("board", message="board_update", snapshot=fail)
        with pytest.raises(DatabaseError):
            await hub.follow(parse_topic("board:b"), reader().outbox)

        events.register_topic("board", message="board_update", snapshot=board.snapshot)
        assert await hub.follow(parse_topic("board:b"), reader().outbox)


class TestRecovery:
    async def test_an_update_that_passed_by_is_made_up_for(
        self, hub, reader, board, monkeypatch
    ):
        monkeypatch.setattr(hub_module, "BEAT_SECONDS", 0.1)
        follower = reader()
        await hub.follow(parse_topic("board:a"), follower.outbox)
        board.states["a"] = {"price": "9.00"}

        # Counted but never heard, as when the connection broke in between.
        await sync_to_async(ledger.next_numbers)(["board:a"])

        await until(lambda: len(follower.texts) == 2)
        assert follower.texts[1].endswith('"data":{"price":"9.00"}}')

    async def test_a_listener_that_hears_nothing_starts_again(
        self, hub, reader, deliver, monkeypatch, caplog
    ):
        monkeypatch.setattr(hub_module, "BEAT_SECONDS", 0.2)
        follower = reader()
        await hub.follow(parse_topic("board:a"), follower.outbox)
        await until(lambda: follower.texts)
        caplog.set_level(logging.INFO, logger="mtgintel.core.live.hub")

        # What a broken layer looks like from here: it is there and says nothing.
        shard = get_channel_layer()._get_layer()._shards[0]
        shard._receive_task.cancel()
        await until(lambda: "resume" in caplog.text)

        assert "the channel layer is silent" in caplog.text
        seen = len(follower.texts)
        await deliver("board:a")
        await until(lambda: len(follower.texts) > seen)

    async def test_an_unforeseen_error_does_not_end_it(
        self, hub, reader, deliver, monkeypatch, caplog
    ):
        follower = reader()
        await hub.follow(parse_topic("board:a"), follower.outbox)
        await until(lambda: follower.texts)
        caplog.set_level(logging.INFO, logger="mtgintel.core.live.hub")

        await get_channel_layer().group_send(
            group_name("board:a"), {"type": "nonsense"}
        )
        await until(lambda: "resume" in caplog.text)

        seen = len(follower.texts)
        await deliver("board:a")
        await until(lambda: len(follower.texts) > seen)


def message(topic, seq):
    return {
        "type": "live.update",
        "topic": topic,
        "seq": seq,
        "timestamp": "2026-01-01T00:00:00.000+00:00",
        "data": b"{}",
    }
