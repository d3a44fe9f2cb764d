// Figures that follow the market while the page is open. A message carries the whole
// state of its topic, so showing it twice changes nothing.

import { showDashboard } from "./dashboard.js";
import {
  isNewer,
  showAge,
  showChange,
  showCount,
  showMoney,
  showTag,
  shown,
} from "./figures.js";
import { live } from "./live.js";
import { refreshPanels } from "./panels.js";

const CURRENCIES = ["USD", "EUR", "TIX"];
// A little longer than live.js waits before it asks again.
const ASKED_AGAIN_WITHIN = 12_000;
const STATES = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  paused: "Paused",
  offline: "Offline",
};

export function startLiveFigures() {
  document.querySelectorAll("[data-connection]").forEach(startConnection);
  const card = document.querySelector("[data-card]");
  const index = document.querySelector("[data-index]");
  const currency =
    index?.dataset.currency ??
    document.querySelector("[data-dashboard]")?.dataset.dashboard ??
    document.querySelector("[data-ticker]")?.dataset.ticker;
  if (card) live.subscribe(`card:${card.dataset.card}`, showCard);
  if (index) CURRENCIES.forEach((each) => live.subscribe(`market:${each}`, showIndex));
  if (currency) live.subscribe(`dashboard:${currency}`, showDashboard);
  if (document.querySelector("[data-advice]")) {
    live.subscribe("recommendations", showAdvice);
  }
  const own = document.querySelector("[data-portfolio]")?.dataset.portfolio;
  if (own) live.subscribe(`inventory:user:${own}`, showPortfolio);
}

/** Says how live the page is; a click pauses it and has it go on. */
function startConnection(button) {
  let silence;
  const show = ({ name, seconds }) => {
    clearTimeout(silence);
    button.hidden = !(name in STATES);
    button.className = `pill pill--${name}`;
    button.textContent = STATES[name] + (seconds > 0 ? ` in ${seconds} s` : "");
    button.setAttribute("aria-pressed", String(name === "paused"));
    button.title = name === "paused" ? "Resume live updates" : "Pause live updates";
  };
  live.onState(show);
  // Connected, but what updates come from is away: it is asked again until it is back.
  live.onError(({ code }) => {
    if (code !== "unavailable") return;
    show(live.state);
    button.className = "pill pill--offline";
    button.textContent = "No updates";
    silence = setTimeout(() => show(live.state), ASKED_AGAIN_WITHIN);
  });
  button.addEventListener("click", () => {
    if (live.state.name === "paused") live.resume();
    else live.pause();
  });
}

function showCard({ quotes }) {
  quotes.forEach(showQuote);
  const isNew = ({ marketplace, condition, finish, language }) =>
    shown(`price:${marketplace}:${condition}:${finish}:${language}`).length === 0;
  if (quotes.some(isNew)) refreshPanels(["quotes", "history"]);
}

function showQuote(quote) {
  const { marketplace, condition, finish, language, price, currency } = quote;
  const key = `${marketplace}:${condition}:${finish}:${language}`;
  showMoney(`price:${key}`, price, currency);
  showChange(`change_1d:${key}`, quote.change_1d);
  showChange(`change_7d:${key}`, quote.change_7d);
  showChange(`change_30d:${key}`, quote.change_30d);
  showAge(`as_of:${key}`, quote.as_of);
  showTag(`stale:${key}`, quote.flags.includes("STALE"));
  observe(key, quote.as_of, price);
}

/** Lists of advice are the server's: rendered anew once there is other advice. */
function showAdvice({ currencies }) {
  for (const panel of document.querySelectorAll("[data-advice]")) {
    const { advice, newest } = panel.dataset;
    if (String(currencies[advice].newest_id) !== newest) refreshPanels([panel.id]);
  }
}

/** The totals; what stands beside them is the server's, rendered anew after a change. */
function showPortfolio(data, { type }) {
  const currency = document.querySelector("[data-portfolio]")?.dataset.currency;
  if (currency === data.currency) {
    for (const name of ["market", "buylist", "net", "gain", "cost"]) {
      showMoney(`own:${name}`, data[name], currency);
    }
    showCount("own_copies", data.copies);
    showCount("own_lots", data.lots);
    showAge("own_as_of", data.as_of);
  }
  if (type === "inventory_update") {
    refreshPanels(["worth", "history", "performers", "parts", "activity"]);
  }
}

function showIndex(data) {
  const { currency } = data;
  const panel = document.querySelector("[data-index]");
  const isMain = panel.dataset.currency === currency;
  const change = changeOver(panel.dataset, data, isMain);
  if (change === undefined) {
    if (isMain && isNewer("index_as_of", data.as_of)) {
      refreshPanels(["index", "constituents"]);
    }
    return;
  }
  const unit = data.method === "chained" ? "" : currency;
  showMoney(`index_value:${currency}`, data.value, unit);
  showChange(`index_change:${currency}`, change);
  if (isMain) showMainIndex(panel.dataset, data);
}

/** What the index of a message did over the panel's period; undefined where the panel
    is of another index, or the message does not say. */
function changeOver({ index, period, method }, data, isMain) {
  if (index !== data.index || (isMain && method !== data.method)) return undefined;
  if (data.changes[period] !== undefined) return data.changes[period];
  return period === data.period ? data.change_percent : undefined;
}

function showMainIndex({ newest }, data) {
  const last = data.points.at(-1);
  const isNews = isNewer("index_as_of", data.as_of);
  showAge("index_as_of", data.as_of);
  showTag("stale:index", data.is_stale);
  if (last) observe("index", last.time, last.value);
  // The table and the caption are the server's: once for each new point.
  const isNewPoint = last && newest && Date.parse(last.time) > Date.parse(newest);
  if (isNewPoint) refreshPanels(["index"]);
  if (isNews) refreshPanels(["constituents"]);
}

/** Tell the charts. */
function observe(key, iso, amount) {
  const detail = { key, time: Math.floor(Date.parse(iso) / 1000), amount };
  document.dispatchEvent(new CustomEvent("price:observed", { detail }));
}
