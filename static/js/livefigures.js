// Figures that follow the market while the page is open. A message carries the whole
// state of its topic, so showing it twice changes nothing.

import {
  clockLabel,
  showAge,
  showChange,
  showCount,
  showMoney,
  showTag,
  showText,
  utcLabel,
} from "./figures.js";
import { live } from "./live.js";
import { refreshPanels } from "./panels.js";
import { showMovers } from "./ticker.js";

const CURRENCIES = ["USD", "EUR", "TIX"];
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
  const ticker = document.querySelector("[data-ticker]");
  const currency = index?.dataset.currency ?? ticker?.dataset.ticker;
  if (card) live.subscribe(`card:${card.dataset.card}`, showCard);
  if (index) CURRENCIES.forEach((each) => live.subscribe(`market:${each}`, showIndex));
  if (currency) live.subscribe(`dashboard:${currency}`, showDashboard);
}

/** Says how live the page is; a click pauses it and has it go on. */
function startConnection(button) {
  live.onState(({ name, seconds }) => {
    button.hidden = !(name in STATES);
    button.className = `pill pill--${name}`;
    button.textContent = STATES[name] + (seconds > 0 ? ` in ${seconds} s` : "");
    button.setAttribute("aria-pressed", String(name === "paused"));
    button.title = name === "paused" ? "Resume live updates" : "Pause live updates";
  });
  button.addEventListener("click", () => {
    if (live.state.name === "paused") live.resume();
    else live.pause();
  });
}

function showCard({ quotes }) {
  quotes.forEach(showQuote);
  const isNew = ({ marketplace, condition, finish, language }) =>
    !isShown(`price:${marketplace}:${condition}:${finish}:${language}`);
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

function showIndex(data) {
  const { currency } = data;
  const { dataset } = document.querySelector("[data-index]");
  const isMain = dataset.currency === currency;
  if (isMain && !isNewer("index_as_of", data.as_of)) return;
  const asked = isMain ? ["index", "period", "method"] : ["period"];
  if (asked.some((name) => dataset[name] !== data[name])) {
    if (isMain) refreshPanels(["index", "overview", "constituents"]);
    return;
  }
  const unit = data.method === "chained" ? "" : currency;
  showMoney(`index_value:${currency}`, data.value, unit);
  showChange(`index_change:${currency}`, data.change_percent);
  if (!isMain) return;
  showAge("index_as_of", data.as_of);
  showTag("stale:index", data.is_stale);
  const last = data.points.at(-1);
  if (last) observe("index", last.time, last.value);
}

function showDashboard(data) {
  const isNews = isNewer("overview_as_of", data.as_of);
  const { overview } = data;
  for (const name of ["card_count", "set_count", "priced_card_count", "series_count"]) {
    showCount(name, overview[name]);
  }
  showAge("overview_as_of", data.as_of);
  showTag("stale:overview", data.is_stale);
  showBreadth("1d", overview.breadth_1d);
  showBreadth("7d", overview.breadth_7d);
  data.freshness.forEach(showStream);
  showMovers(data);
  if (data.as_of && isNewer("status_as_of", data.as_of)) showStatus(data.as_of);
  if (isNews) refreshPanels(["movers"]);
}

function showBreadth(window, { advancers, unchanged, decliners }) {
  showCount(`advancers:${window}`, advancers);
  showCount(`unchanged:${window}`, unchanged);
  showCount(`decliners:${window}`, decliners);
  const bar = document.querySelector(`[data-breadth="${window}"]`);
  if (!bar) return;
  const widths = [advancers, unchanged, decliners];
  const total = advancers + unchanged + decliners;
  bar.setAttribute("viewBox", `0 0 ${total || 1} 1`);
  let x = 0;
  [...bar.children].forEach((part, index) => {
    part.setAttribute("x", x);
    part.setAttribute("width", widths[index]);
    x += widths[index];
  });
}

function showStream({ marketplace, as_of: asOf, is_stale: isStale }) {
  if (!asOf) return;
  showAge(`age:${marketplace}`, asOf);
  showText(`newest:${marketplace}`, utcLabel(new Date(asOf)).replace(" UTC", ""));
  showText(`state:${marketplace}`, isStale ? "STALE" : "FRESH");
  for (const tag of elements(`state:${marketplace}`)) {
    tag.classList.toggle("tag--good", !isStale);
  }
}

function showStatus(asOf) {
  for (const time of elements("status_as_of")) {
    const moment = new Date(asOf);
    time.dateTime = asOf;
    time.title = utcLabel(moment);
    time.textContent = `${clockLabel(moment)} UTC`;
  }
}

/** Tell the charts. */
function observe(key, iso, amount) {
  const detail = { key, time: Math.floor(Date.parse(iso) / 1000), amount };
  document.dispatchEvent(new CustomEvent("price:observed", { detail }));
}

function elements(key) {
  return document.querySelectorAll(`[data-k="${CSS.escape(key)}"]`);
}

function isShown(key) {
  return elements(key).length > 0;
}

/** Whether `iso` is later than the time element shows; the page knows whole seconds. */
function isNewer(key, iso) {
  const [element] = elements(key);
  if (!element || !iso) return false;
  const seconds = (text) => Math.floor(Date.parse(text) / 1000);
  return !element.dateTime || seconds(iso) > seconds(element.dateTime);
}
