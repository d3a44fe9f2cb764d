// The page's one websocket. It connects with the first subscription, comes back by
// itself after any break, and then asks for everything again.
//
//   import { live } from "./live.js";
//   const stop = live.subscribe("card:42", (data, message) => { ... });   // stop() ends it
//   live.last("card:42")        the newest message of a channel, or undefined
//   live.onState((state) => {}) { name, seconds }; called at once, then at each change;
//                               returns a function that ends it. The names:
//       "idle"          nothing is subscribed to
//       "connecting"    the first attempt is under way
//       "live"          updates come in
//       "reconnecting"  the next attempt is made in `seconds` (0: it is under way)
//       "paused"        after live.pause(), until live.resume()
//       "offline"       the browser has no network
//   live.onError((error) => {}) { code, message, channel } as the server sends it
//
// A handler gets the whole state of its topic, first as a snapshot and then with every
// update; `message` is { channel, seq, timestamp, type, data }. docs/websocket.md
// describes what goes over the wire.

const PREFIX = "channel:";
const PING_EVERY = 25_000;
const ANSWER_WITHIN = 10_000;
// We come back at random, within a part of the time that we are away already: soon while
// it is a restart, ever more seldom when it is not.
const SHORTEST_WINDOW = 1_000;
const LONGEST_WINDOW = 30_000;
const PART_OF_ABSENCE = 1 / 4;
// A connection that held this long ends an absence.
const HELD_LONG = 10_000;
// A tab that nobody looks at gives its socket back after this long.
const HIDDEN_FOR = 60_000;
// Everybody who missed the same update should not ask at the same moment.
const ASK_AGAIN_WITHIN = 1_000;
const TRY_AGAIN_WITHIN = 10_000;
// Close codes that ask for more patience: [at least, at most] milliseconds.
const DELAYS = {
  1012: [0, 5_000], // the server restarts
  4012: [0, 5_000],
  4008: [60_000, 90_000], // limits ignored
  4029: [30_000, 60_000], // too many sockets
};

export class LiveSocket {
  #url;
  #socket = null;
  #topics = new Map(); // channel -> { handlers, last, timer }
  #stateListeners = new Set();
  #errorListeners = new Set();
  #state = { name: "idle", seconds: 0 };
  #awaySince = null;
  #isPaused = false;
  #isAway = false;
  #timers = {};

  constructor(url = ownUrl()) {
    this.#url = url;
    globalThis.addEventListener?.("online", () => this.#connectNow());
    globalThis.addEventListener?.("offline", () => this.#hangUp());
    globalThis.addEventListener?.("pagehide", () => this.#leave());
    globalThis.addEventListener?.("pageshow", () => this.#comeBack());
    globalThis.document?.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#after("hidden", HIDDEN_FOR, () => this.#leave());
      else this.#comeBack();
    });
  }

  get state() {
    return this.#state;
  }

  subscribe(channel, handler) {
    const name = canonical(channel);
    const topic = this.#topics.get(name);
    if (topic) {
      topic.handlers.add(handler);
      if (topic.last) queueMicrotask(() => this.#hand(topic, handler));
    } else {
      this.#topics.set(name, { handlers: new Set([handler]), last: undefined });
      this.#send("subscribe", name);
    }
    this.#connect();
    return () => this.#unsubscribe(name, handler);
  }

  last(channel) {
    return this.#topics.get(canonical(channel))?.last;
  }

  onState(listener) {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  onError(listener) {
    this.#errorListeners.add(listener);
    return () => this.#errorListeners.delete(listener);
  }

  pause() {
    this.#isPaused = true;
    this.#hangUp();
  }

  resume() {
    this.#isPaused = false;
    this.#connectNow();
  }

  // --- Connecting -------------------------------------------------------------

  #connect() {
    if (this.#socket || this.#timers.retry) return;
    if (!this.#mayConnect()) return this.#rest();
    this.#show(this.#awaySince ? "reconnecting" : "connecting");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
    this.#after("open", ANSWER_WITHIN, () => this.#lost());
  }

  #mayConnect() {
    if (this.#isPaused || this.#isAway || this.#topics.size === 0) return false;
    return globalThis.navigator?.onLine !== false;
  }

  #connectNow() {
    this.#stop("retry", "tick");
    this.#awaySince = null;
    this.#connect();
  }

  #opened() {
    this.#stop("open");
    this.#show("live");
    this.#after("held", HELD_LONG, () => (this.#awaySince = null));
    for (const name of this.#topics.keys()) this.#send("subscribe", name);
    this.#pingLater();
  }

  #lost(code) {
    this.#drop();
    if (!this.#mayConnect()) return this.#rest();
    this.#awaySince ??= Date.now();
    const delay = this.#delay(code);
    this.#after("retry", delay, () => {
      this.#stop("retry", "tick");
      this.#connect();
    });
    this.#countDown(Date.now() + delay);
  }

  /** Anywhere between nothing and a time that grows: nobody comes in step. */
  #delay(code) {
    const part = (Date.now() - this.#awaySince) * PART_OF_ABSENCE;
    const window = Math.min(LONGEST_WINDOW, Math.max(SHORTEST_WINDOW, part));
    const [least, most] = DELAYS[code] ?? [0, window];
    return least + Math.random() * (most - least);
  }

  #countDown(until) {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    this.#show("reconnecting", seconds);
    if (seconds > 0) this.#after("tick", 1000, () => this.#countDown(until));
  }

  /** Let go of the socket without waiting for a server that may be gone. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#stop("open", "held", "ping", "retry", "tick");
    for (const topic of this.#topics.values()) clearTimeout(topic.timer);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #hangUp() {
    this.#drop();
    this.#rest();
  }

  #leave() {
    this.#isAway = true;
    this.#drop();
  }

  #comeBack() {
    this.#stop("hidden");
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#connectNow();
  }

  #rest() {
    if (this.#isPaused) this.#show("paused");
    else if (globalThis.navigator?.onLine === false) this.#show("offline");
    else if (!this.#isAway) this.#show("idle");
  }

  // --- Talking ----------------------------------------------------------------

  #send(action, channel) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ action, channel }));
  }

  #pingLater() {
    this.#after("ping", PING_EVERY, () => {
      this.#send("ping");
      this.#after("ping", ANSWER_WITHIN, () => this.#lost());
    });
  }

  #receive(message) {
    this.#pingLater();
    if (message.type === "error") return this.#refused(message);
    const topic = this.#topics.get(message.channel);
    if (!topic || message.type === "unsubscribed") return;
    const isSnapshot = message.type === "subscribed";
    if (!isSnapshot && topic.last && message.previous_seq > topic.last.seq) {
      this.#askAgain(message.channel, topic, ASK_AGAIN_WITHIN);
    }
    const { channel, seq, timestamp, type } = message;
    topic.last = { channel, seq, timestamp, type, data: message.data ?? message.snapshot };
    for (const handler of topic.handlers) this.#hand(topic, handler);
  }

  #hand({ handlers, last }, handler) {
    if (!handlers.has(handler)) return;
    try {
      handler(last.data, last);
    } catch (error) {
      reportError(error); // its own affair: the others get theirs
    }
  }

  #refused(error) {
    const topic = this.#topics.get(error.channel);
    if (topic && error.code === "unavailable") {
      this.#askAgain(error.channel, topic, TRY_AGAIN_WITHIN);
    }
    for (const listener of this.#errorListeners) listener(error);
  }

  #askAgain(name, topic, within) {
    clearTimeout(topic.timer);
    const delay = Math.random() * within;
    topic.timer = setTimeout(() => this.#send("subscribe", name), delay);
  }

  #unsubscribe(name, handler) {
    const topic = this.#topics.get(name);
    if (!topic?.handlers.delete(handler) || topic.handlers.size > 0) return;
    clearTimeout(topic.timer);
    this.#topics.delete(name);
    this.#send("unsubscribe", name);
    if (this.#topics.size === 0) this.#hangUp();
  }

  // --- State and timers ---------------------------------------------------------

  #show(name, seconds = 0) {
    if (this.#state.name === name && this.#state.seconds === seconds) return;
    this.#state = { name, seconds };
    for (const listener of this.#stateListeners) listener(this.#state);
  }

  /** One timer of each name: setting it again moves it. */
  #after(name, milliseconds, action) {
    this.#stop(name);
    this.#timers[name] = setTimeout(action, milliseconds);
  }

  #stop(...names) {
    for (const name of names) {
      clearTimeout(this.#timers[name]);
      delete this.#timers[name];
    }
  }
}

function canonical(channel) {
  return channel.startsWith(PREFIX) ? channel : PREFIX + channel;
}

function ownUrl() {
  if (!globalThis.location) return "";
  const { protocol, host } = globalThis.location;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/api/ws`;
}

export const live = new LiveSocket();
