"""The other processes of sockets.py: the bare server, and the publisher.

python -m benchmarks.socket_roles bare PORT
python -m benchmarks.socket_roles publish RATE SECONDS
"""

from __future__ import annotations

import asyncio
import sys
import time

from websockets.asyncio.server import ServerConnection, broadcast, serve

FRAME = 250


async def bare(port: int) -> None:
    """Broadcasts at the rate and for the seconds that any client asks for."""
    sockets: set[ServerConnection] = set()

    async def join(socket: ServerConnection) -> None:
        sockets.add(socket)
        await socket.recv()  # whatever it subscribes to
        await socket.send('{"type":"subscribed"}')
        async for message in socket:
            rate, seconds = map(float, str(message).split())
            await tell(sockets, rate, seconds)

    options = {"compression": None, "ping_interval": None, "backlog": 4096}
    async with serve(join, "127.0.0.1", port, **options) as server:  # type: ignore[arg-type]
        await server.serve_forever()


async def tell(sockets: set[ServerConnection], rate: float, seconds: float) -> None:
    started = time.monotonic()
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0, started + number / rate - time.monotonic()))
        text = f'{{"type":"bench_update","data":{{"sent":"{time.time():.6f}"'
        broadcast(sockets, text.ljust(FRAME - 2, " ") + "}}")


def publish(rate: float, seconds: float) -> None:
    """Publishes as a worker does, from a process of its own."""
    from benchmarks import socket_site  # noqa: F401 - registers the topic
    from mtgintel.core import events

    started = time.monotonic()
    for number in range(round(rate * seconds)):
        time.sleep(max(0, started + number / rate - time.monotonic()))
        events.deliver(["bench:x"])


if __name__ == "__main__":
    role, *arguments = sys.argv[1:]
    if role == "bare":
        asyncio.run(bare(int(arguments[0])))
    else:
        publish(float(arguments[0]), float(arguments[1]))
