"""static/js/live.js in a browser, against a server that the test plays."""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).resolve().parents[4] / "static" / "js" / "live.js"
SITE = "http://market.test"
PAGE = """<!doctype html><script type="module">
  import { live } from "./live.js";
  window.live = live;
  window.seen = [];
  window.states = [];
  window.errors = [];
  live.onState((state) => states.push(state.name));
  live.onError((error) => errors.push(error.code));
  window.stop = live.subscribe("board:a", (data) => seen.push(data.price));
</script>"""


class Server:
    """What the page said, each connection for itself, and a way to answer."""

    def __init__(self, page):
        self.connections = []
        self.said = []
        self.seq = 100
        self.accepts = True
        page.route_web_socket(re.compile("/api/ws$"), self._connect)

    def _connect(self, socket):
        self.connections.append(socket)
        if not self.accepts:
            socket.close(code=1011)
            return
        socket.on_message(self._answer)

    def _answer(self, text):
        message = json.loads(text)
        self.said.append(message)
        if message["action"] == "subscribe":
            snapshot = {"price": f"snapshot {len(self.connections)}"}
            self.send("subscribed", snapshot=snapshot, seq=self.seq)

    def send(self, kind, **fields):
        message = {"type": kind, "channel": "channel:board:a", **fields}
        self.connections[-1].send(json.dumps(message))

    def update(self, price, seq, previous_seq):
        data = {"price": price}
        self.send("board_update", data=data, seq=seq, previous_seq=previous_seq)

    def pong(self):
        self.connections[-1].send('{"type": "pong"}')

    def actions(self):
        return [(m["action"], m.get("channel")) for m in self.said]


@pytest.fixture
def page(chromium_page):
    def answer(route):
        if route.request.url.endswith("live.js"):
            kind, body = "text/javascript", SCRIPT.read_text()
        else:
            kind, body = "text/html", PAGE
        route.fulfill(content_type=kind, body=body)

    chromium_page.route(f"{SITE}/**", answer)
    return chromium_page


@pytest.fixture
def server(page):
    page.clock.install()
    server = Server(page)
    page.goto(f"{SITE}/")
    page.wait_for_function("seen.length === 1")
    return server


SUBSCRIBE = ("subscribe", "channel:board:a")


def test_a_handler_gets_the_snapshot_and_each_update(page, server):
    server.update("2.00", seq=101, previous_seq=100)

    page.wait_for_function("seen.length === 2")
    assert page.evaluate("seen") == ["snapshot 1", "2.00"]
    assert page.evaluate("states") == ["idle", "connecting", "live"]
    assert server.actions() == [SUBSCRIBE]
    assert page.evaluate("live.last('channel:board:a').seq") == 101


def test_a_second_handler_gets_the_last_message_without_asking(page, server):
    page.evaluate(
        "() => { live.subscribe('board:a', ({ price }) => seen.push(price)); }"
    )

    page.wait_for_function("seen.length === 2")
    assert page.evaluate("seen") == ["snapshot 1", "snapshot 1"]
    assert server.actions() == [SUBSCRIBE]


def test_a_gap_is_shown_and_asked_about(page, server):
    server.update("4.00", seq=104, previous_seq=103)
    page.wait_for_function("seen.length === 2")

    page.clock.run_for(1_100)

    page.wait_for_function("seen.length === 3")
    assert page.evaluate("seen") == ["snapshot 1", "4.00", "snapshot 1"]
    assert server.actions() == [SUBSCRIBE, SUBSCRIBE]


def test_updates_that_were_merged_are_no_gap(page, server):
    server.update("4.00", seq=104, previous_seq=100)
    page.wait_for_function("seen.length === 2")

    page.clock.run_for(1_100)

    assert server.actions() == [SUBSCRIBE]


def test_a_broken_connection_comes_back_and_asks_again(page, server):
    server.connections[-1].close(code=1011)
    page.wait_for_function("live.state.name === 'reconnecting'")

    page.clock.run_for(1_100)

    page.wait_for_function("seen.length === 2")
    assert page.evaluate("seen") == ["snapshot 1", "snapshot 2"]
    assert page.evaluate("live.state.name") == "live"


def test_a_server_that_stays_away_is_asked_ever_more_seldom(page, server):
    """A second is the least; later, a quarter of the time that it has been away."""
    server.accepts = False
    page.evaluate("Math.random = () => 0.999")
    server.connections[-1].close(code=1011)
    page.wait_for_function("live.state.name === 'reconnecting'")

    waits = []
    while waits[-1:] != [30]:
        waits.append(page.evaluate("live.state.seconds"))
        tries = len(server.connections)
        page.clock.run_for(waits[-1] * 1000)
        page.wait_for_function("live.state.seconds > 0")
        assert len(server.connections) == tries + 1

    assert waits[:3] == [1, 1, 1]
    assert waits == sorted(waits)


def test_a_restart_of_six_seconds_is_over_within_ten(page, server):
    """Whatever chance says: those who came too early try again soon."""
    server.accepts = False
    page.evaluate("Math.random = () => 0.999")
    server.connections[-1].close(code=1011)
    page.wait_for_function("live.state.name === 'reconnecting'")
    for _ in range(6):
        page.clock.run_for(1_000)
        page.wait_for_function("live.state.seconds > 0")
    server.accepts = True

    page.clock.run_for(4_000)

    page.wait_for_function("live.state.name === 'live'")


PATIENCE = [(4012, 3), (1012, 3), (4008, 75), (4029, 45)]


@pytest.mark.parametrize(("code", "seconds"), PATIENCE)
def test_a_server_that_asks_for_patience_gets_it(page, server, code, seconds):
    page.evaluate("Math.random = () => 0.5")

    server.connections[-1].close(code=code)

    page.wait_for_function("live.state.name === 'reconnecting'")
    assert page.evaluate("live.state.seconds") == seconds


def test_a_silent_line_is_tried_and_given_up(page, server):
    page.clock.run_for(25_000)
    page.wait_for_function("true")
    assert server.actions() == [SUBSCRIBE, ("ping", None)]

    page.clock.run_for(10_000)

    assert page.evaluate("live.state.name") in {"reconnecting", "live"}
    page.clock.run_for(1_100)
    page.wait_for_function("seen.length === 2")


def test_an_answered_ping_keeps_the_line(page, server):
    page.clock.run_for(25_000)
    page.wait_for_function("true")
    server.pong()
    page.wait_for_timeout(50)

    page.clock.run_for(20_000)

    assert len(server.connections) == 1
    assert page.evaluate("live.state.name") == "live"


def test_pausing_and_resuming(page, server):
    page.evaluate("live.pause()")
    assert page.evaluate("live.state.name") == "paused"

    page.evaluate("live.resume()")

    page.wait_for_function("seen.length === 2")
    assert page.evaluate("live.state.name") == "live"


def test_the_last_one_to_leave_hangs_up(page, server):
    page.evaluate("stop()")

    assert page.evaluate("live.state.name") == "idle"
    assert page.evaluate("live.last('board:a')") is None


def test_without_a_network_nothing_is_tried(page, server):
    page.context.set_offline(True)
    page.wait_for_function("live.state.name === 'offline'")

    page.context.set_offline(False)

    page.wait_for_function("live.state.name === 'live'")
    assert len(server.connections) == 2


def test_errors_are_handed_on(page, server):
    server.send("error", code="unknown_channel", message="there is none")

    page.wait_for_function("errors.length === 1")
    assert page.evaluate("errors") == ["unknown_channel"]


def test_what_is_unavailable_is_asked_for_again(page, server):
    server.send("error", code="unavailable", message="not now")
    page.wait_for_function("errors.length === 1")

    page.clock.run_for(10_100)

    page.wait_for_function("seen.length === 2")
    assert server.actions() == [SUBSCRIBE, SUBSCRIBE]


def test_a_tab_that_is_not_looked_at_hangs_up(page, server):
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { get: () => window.isHidden });
        window.isHidden = true;
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.clock.run_for(20_000)
    server.update("2.00", seq=101, previous_seq=100)
    page.wait_for_function("seen.length === 2")
    for _ in range(5):
        page.clock.run_for(9_000)
        server.pong()
        page.wait_for_timeout(50)
    assert len(server.connections) == 1

    page.evaluate("""() => {
        window.isHidden = false;
        document.dispatchEvent(new Event("visibilitychange"));
    }""")

    page.wait_for_function("seen.length === 3")
    assert len(server.connections) == 2


def test_one_handler_that_fails_leaves_the_others_alone(page, server):
    page.evaluate("""() => {
        window.reportError = (error) => errors.push(error.message);
        live.subscribe("board:a", () => { throw new Error("mine"); });
        live.subscribe("board:a", (data) => seen.push(data.price));
    }""")
    page.wait_for_function("seen.length === 2")

    server.update("2.00", seq=101, previous_seq=100)

    page.wait_for_function("seen.length === 4")
    assert page.evaluate("errors") == ["mine", "mine"]
