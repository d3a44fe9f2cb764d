"""What is said over /api/ws."""

import json

import pytest
from channels.testing import WebsocketCommunicator

from mtgintel.asgi import application
from mtgintel.core import events

A_WEEK_IN_MS = 7 * 24 * 3600 * 1000


async def test_a_subscriber_gets_the_state_and_its_number(connect, subscribe):
    client = await connect()

    answer = await subscribe(client, "channel:board:a")

    assert answer.keys() == {"type", "channel", "seq", "timestamp", "snapshot"}
    assert answer["type"] == "subscribed"
    assert answer["channel"] == "channel:board:a"
    assert answer["snapshot"] == {"price": "1.00"}
    assert answer["seq"] > A_WEEK_IN_MS


async def test_the_prefix_may_be_left_out(connect, subscribe):
    client = await connect()

    answer = await subscribe(client, "board:a")

    assert (answer["type"], answer["channel"]) == ("subscribed", "channel:board:a")


async def test_an_update_brings_the_new_state(connect, subscribe, board, deliver):
    client = await connect()
    opening = await subscribe(client, "board:a")
    board.states["a"] = {"price": "1.50"}

    await deliver("board:a", "board:b")

    update = await client.receive_json_from(timeout=5)
    timestamp = update.pop("timestamp")
    assert update == {
        "type": "board_update",
        "channel": "channel:board:a",
        "seq": opening["seq"] + 1,
        "previous_seq": opening["seq"],
        "data": {"price": "1.50"},
    }
    assert timestamp >= opening["timestamp"]
    assert await client.receive_nothing(0.4)


async def test_every_subscriber_gets_it(connect, subscribe, deliver):
    clients = [await connect() for _ in range(3)]
    for client in clients:
        await subscribe(client, "board:a")

    await deliver("board:a")

    types = [(await client.receive_json_from(timeout=5))["type"] for client in clients]
    assert types == ["board_update"] * 3


async def test_nothing_comes_after_unsubscribing(connect, subscribe, deliver):
    client = await connect()
    await subscribe(client, "board:a")
    await client.send_json_to({"action": "unsubscribe", "channel": "board:a"})
    assert await client.receive_json_from() == {
        "type": "unsubscribed",
        "channel": "channel:board:a",
    }

    await deliver("board:a")

    assert await client.receive_nothing(0.4)


async def test_subscribing_again_brings_the_state_again(connect, subscribe, board):
    client = await connect()
    first = await subscribe(client, "board:a")

    again = await subscribe(client, "board:a")

    assert (again["type"], again["seq"]) == ("subscribed", first["seq"])


async def test_ping_is_answered(connect):
    client = await connect()

    await client.send_json_to({"action": "ping"})

    assert await client.receive_json_from() == {"type": "pong"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "bad_json"),
        (" ", "bad_json"),
        ("[1]", "bad_json"),
        ('"ping"', "bad_json"),
        (b"\x00\x01", "not_text"),
        ("{}", "unknown_action"),
        ('{"action": "shout"}', "unknown_action"),
        ('{"action": ["ping"]}', "unknown_action"),
        ('{"action": "subscribe"}', "unknown_channel"),
        ('{"action": "subscribe", "channel": 7}', "unknown_channel"),
        ('{"action": "subscribe", "channel": "weather:a"}', "unknown_channel"),
        ('{"action": "subscribe", "channel": "board:"}', "unknown_channel"),
        ('{"action": "subscribe", "channel": "board:c"}', "unknown_channel"),
        ('{"action": "subscribe", "channel": "board:a\\n"}', "unknown_channel"),
        ('{"action": "subscribe", "channel": "channel:channel:board:a"}', None),
        ('{"action": "unsubscribe", "channel": "weather:a"}', "unknown_channel"),
    ],
)
async def test_what_cannot_be_done_is_said_and_the_socket_stays(connect, message, code):
    client = await connect()
    as_sent = {"text_data" if isinstance(message, str) else "bytes_data": message}

    await client.send_to(**as_sent)

    error = await client.receive_json_from()
    assert error["type"] == "error"
    assert error["code"] == (code or "unknown_channel")
    assert error["message"]
    await client.send_json_to({"action": "ping"})
    assert await client.receive_json_from() == {"type": "pong"}


async def test_an_error_names_the_channel_it_is_about(connect, subscribe):
    client = await connect()

    error = await subscribe(client, "board:c")

    assert error == {
        "type": "error",
        "code": "unknown_channel",
        "message": "there is no channel channel:board:c",
        "channel": "channel:board:c",
    }


async def test_invented_names_leave_nothing_behind(connect, subscribe):
    from mtgintel.core.live.hub import get_hub

    client = await connect()
    for number in range(5):
        await subscribe(client, f"board:invented-{number}")

    assert get_hub()._feeds == {}


async def test_a_private_topic_is_refused(connect, subscribe, board):
    events.register_topic(
        "own",
        message="own_update",
        snapshot=board.snapshot,
        authorize=lambda user, key: user.is_authenticated,
    )
    client = await connect()

    error = await subscribe(client, "own:a")

    assert (error["type"], error["code"]) == ("error", "forbidden")
    assert board.read == []


async def test_a_private_topic_is_open_to_whom_it_belongs(connect, subscribe, board):
    events.register_topic(
        "own",
        message="own_update",
        snapshot=board.snapshot,
        authorize=lambda user, key: key == "a",
    )
    client = await connect()

    assert (await subscribe(client, "own:a"))["type"] == "subscribed"
    assert (await subscribe(client, "own:b"))["code"] == "forbidden"


async def test_the_route_answers_with_a_trailing_slash(connect, subscribe):
    client = await connect("/api/ws/")

    assert (await subscribe(client, "board:a"))["type"] == "subscribed"


async def test_other_routes_are_refused():
    client = WebsocketCommunicator(application, "/api/wss", headers=[(b"host", b"x")])

    accepted, _ = await client.connect()

    assert not accepted


class TestLimits:
    async def test_size_of_a_message(self, connect):
        client = await connect()
        message = json.dumps({"action": "ping", "x": "é" * 4096}, ensure_ascii=False)

        await client.send_to(text_data=message)

        assert (await client.receive_json_from())["code"] == "too_big"
        await client.send_json_to({"action": "ping"})
        assert await client.receive_json_from() == {"type": "pong"}

    async def test_messages_per_second(self, connect, settings):
        settings.LIVE_LIMITS = {"messages_per_second": 0.001, "message_burst": 2}
        client = await connect()

        answers = await ping(client, times=3)

        assert [answer["type"] for answer in answers] == ["pong", "pong", "error"]
        assert answers[2]["code"] == "too_many_messages"

    async def test_whoever_does_not_stop_is_closed(self, connect, settings):
        settings.LIVE_LIMITS = {
            "messages_per_second": 0.001,
            "message_burst": 1,
            "refusals": 2,
        }
        client = await connect()

        answers = await ping(client, times=4)

        assert [answer["type"] for answer in answers] == ["pong"] + ["error"] * 3
        closed = await client.receive_output(timeout=5)
        assert (closed["type"], closed["code"]) == ("websocket.close", 4008)

    async def test_subscriptions(self, connect, subscribe, settings, deliver):
        settings.LIVE_LIMITS = {"subscriptions": 1}
        client = await connect()
        await subscribe(client, "board:a")

        error = await subscribe(client, "board:b")

        assert (error["type"], error["code"]) == ("error", "too_many_subscriptions")
        assert (await subscribe(client, "board:a"))["type"] == "subscribed"
        await client.send_json_to({"action": "unsubscribe", "channel": "board:a"})
        await client.receive_json_from()
        assert (await subscribe(client, "board:b"))["type"] == "subscribed"

    async def test_sockets_of_one_address(self, connect, settings):
        settings.LIVE_LIMITS = {"sockets_per_address": 1}
        first = await connect()

        second = await connect()

        assert (await second.receive_json_from())["code"] == "too_many_sockets"
        closed = await second.receive_output(timeout=5)
        assert (closed["type"], closed["code"]) == ("websocket.close", 4029)
        assert await ping(first, times=1) == [{"type": "pong"}]

    async def test_a_closed_socket_makes_room(self, connect, settings):
        settings.LIVE_LIMITS = {"sockets_per_address": 1}
        first = await connect()
        await first.disconnect()

        second = await connect()

        assert await ping(second, times=1) == [{"type": "pong"}]


async def ping(client, times):
    for _ in range(times):
        await client.send_json_to({"action": "ping"})
    return [await client.receive_json_from(timeout=5) for _ in range(times)]


async def test_a_page_from_elsewhere_is_refused():
    headers = [(b"host", b"testserver"), (b"origin", b"https://elsewhere.example")]
    client = WebsocketCommunicator(application, "/api/ws", headers=headers)

    accepted, _ = await client.connect()

    assert not accepted
