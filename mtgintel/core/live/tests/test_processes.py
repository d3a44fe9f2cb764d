"""Two real servers, real sockets, and a Redis that goes away."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect as websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mtgintel.core import events
from mtgintel.core.embedded import TemporaryServers
from mtgintel.core.live import topics
from mtgintel.settings.env import with_database_number

pytestmark = pytest.mark.process

CHECKOUT = Path(__file__).resolve().parents[4]
ANSWER = 10
LIMITS = {"send_seconds": 2, "updates_per_second": 10}


class Site:
    """Two processes of the application on one Redis, and what they show."""

    def __init__(self, directory, servers):
        self.servers = servers
        self.board = directory / "board.json"
        self.show(a={"price": "1.00"})
        self.ports = [free_port(), free_port()]
        self.processes = [self._start(port) for port in self.ports]

    def show(self, **states):
        self.board.write_text(json.dumps(states))

    def _start(self, port):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "mtgintel.settings.test",
            "DATABASE_URL": self.servers.database_url,
            "REDIS_URL": self.servers.redis_url,
            "BOARD": str(self.board),
            "LIVE_LIMITS": json.dumps(LIMITS),
        }
        site = "mtgintel.core.live.tests.site:application"
        module = [sys.executable, "-m", "mtgintel.core.live.server"]
        process = subprocess.Popen(
            [*module, "-v", "0", "-b", "127.0.0.1", "-p", str(port), site],
            cwd=CHECKOUT,
            env=environment,
        )
        wait_until_listening(port)
        return process

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()

    @asynccontextmanager
    async def client(self, process=0, **options):
        url = f"ws://127.0.0.1:{self.ports[process]}/api/ws"
        async with websocket(url, **options) as client:
            await client.send('{"action": "subscribe", "channel": "board:a"}')
            opening = await receive(client)
            assert opening["type"] == "subscribed"
            client.opening = opening
            yield client


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with TemporaryServers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture(scope="module")
def processes(servers, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"), servers)
    yield site
    site.stop()


@pytest.fixture
def site(processes, settings, monkeypatch):
    site = processes
    site.show(a={"price": "1.00"})
    url = with_database_number(site.servers.redis_url, 0)
    settings.BROKER_REDIS_URL = url
    layer = settings.CHANNEL_LAYERS["default"]
    host = {"address": url, "socket_timeout": 30}
    config = {"prefix": "mtgintel", "hosts": [host]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}
    monkeypatch.setenv("BOARD", str(site.board))
    monkeypatch.setattr(topics, "_kinds", {})

    def snapshot(key):
        return json.loads(site.board.read_text()).get(key)

    events.register_topic("board", message="board_update", snapshot=snapshot)
    return site


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_listening(port):
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
        else:
            return


async def receive(client):
    return json.loads(await asyncio.wait_for(client.recv(), ANSWER))


async def publish():
    await sync_to_async(events.deliver)(["board:a"])


async def test_both_processes_pass_on_the_same_update(site):
    async with site.client(0) as first, site.client(1) as second:
        site.show(a={"price": "2.00"})

        await publish()

        update = await receive(first)
        assert update["data"] == {"price": "2.00"}
        assert update["seq"] == first.opening["seq"] + 1
        assert await receive(second) == update


async def test_both_processes_say_the_same_in_the_same_order(site):
    prices = [f"1.{cents}" for cents in range(10, 16)]
    async with site.client(0) as first, site.client(1) as second:
        for price in prices:
            site.show(a={"price": price})
            await publish()
            # Slower than the limit, so that no state is left out for a newer one.
            await asyncio.sleep(2 / LIMITS["updates_per_second"])

        told = [await updates_until(each, prices[-1]) for each in (first, second)]

    # What came before these may be told one of them anew.
    ours = [updates[-len(prices) :] for updates in told]
    assert ours[0] == ours[1]
    assert [each["data"]["price"] for each in ours[0]] == prices
    numbers = [each["seq"] for each in ours[0]]
    assert numbers == list(range(numbers[0], numbers[0] + len(prices)))


async def updates_until(client, price):
    found = [await receive(client)]
    while found[-1]["data"] != {"price": price}:
        found.append(await receive(client))
    return found


async def test_who_comes_back_elsewhere_has_missed_nothing(site):
    async with site.client(0) as stays:
        async with site.client(0) as goes:
            left_at = goes.opening["seq"]
        site.show(a={"price": "7.00"})
        await publish()
        missed = await receive(stays)

        async with site.client(1) as back:
            site.show(a={"price": "8.00"})
            await publish()

            # Without what there was meanwhile, and without a number twice.
            assert back.opening["snapshot"] == missed["data"] == {"price": "7.00"}
            assert back.opening["seq"] == missed["seq"] == left_at + 1
            update = await receive(back)
            assert update["seq"] == left_at + 2
            assert update == await receive(stays)


async def test_an_idle_socket_stays_up(site):
    async with site.client() as client:
        await asyncio.sleep(7)

        await publish()

        assert (await receive(client))["type"] == "board_update"


async def test_updates_resume_after_redis_was_gone(site):
    async with site.client(0) as first, site.client(1) as second:
        await sync_to_async(site.servers.stop_redis)()
        site.show(a={"price": "3.00"})
        await publish()  # nobody hears this one
        await asyncio.sleep(6)
        async with site.client(0) as meanwhile:
            assert meanwhile.opening["snapshot"] == {"price": "3.00"}

        await sync_to_async(site.servers.start_redis)()

        # What was missed comes by itself, to the sockets that have been there before.
        for client in (first, second):
            update = await receive(client)
            assert update["data"] == {"price": "3.00"}
            assert update["seq"] > client.opening["seq"]
        site.show(a={"price": "4.00"})
        await publish()
        for client in (first, second):
            await updates_until(client, "4.00")


async def test_a_reader_that_stops_delays_nobody_and_is_closed(site):
    small = socket.create_connection(("127.0.0.1", site.ports[0]))
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    options = {"max_size": None, "max_queue": 1, "ping_interval": None}
    async with (
        site.client(sock=small, **options) as stuck,
        site.client(**options) as other,
    ):
        site.show(a={"price": "5.00", "padding": "x" * 900_000})
        slowest = 0.0
        for _ in range(40):
            started = time.monotonic()
            await publish()
            await receive(other)
            slowest = max(slowest, time.monotonic() - started)

        closed = await end_of(stuck)

    assert slowest < LIMITS["send_seconds"]
    # The close frame waits behind what is not read: then the connection is cut.
    assert closed.rcvd is None or closed.rcvd.code == 4013


async def end_of(client):
    """Read what is left; why it ended."""
    try:
        while True:
            await receive(client)
    except ConnectionClosed as closed:
        return closed


async def test_a_page_from_elsewhere_is_refused(site):
    with pytest.raises(InvalidStatus) as refused:
        async with site.client(origin="https://elsewhere.example"):
            pass

    assert refused.value.response.status_code == 403


async def test_a_page_of_this_site_is_not(site):
    async with site.client(origin=f"http://127.0.0.1:{site.ports[0]}") as client:
        assert client.opening["snapshot"] == {"price": "1.00"}


# The last one, as it ends a process.
async def test_a_server_that_stops_says_come_back(site):
    async with site.client() as client:
        site.processes[0].send_signal(signal.SIGTERM)

        with pytest.raises(ConnectionClosed) as closed:
            await receive(client)

    assert closed.value.rcvd.code == 4012
    assert await asyncio.to_thread(site.processes[0].wait, 10) is not None
