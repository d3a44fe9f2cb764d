// What a dashboard message changes on the open page. A panel with data-version follows
// the market: one with data-patched shows what messages carry, and is changed in place;
// any other, and whatever a message does not know, is fetched anew.

import {
  clockLabel,
  isNewer,
  showAge,
  showChange,
  showCount,
  showMoney,
  showShare,
  shown,
  showTag,
  showText,
  utcLabel,
  writeChange,
} from "./figures.js";
import { showMoverRows } from "./moverrows.js";
import { refreshPanels } from "./panels.js";
import { showMovers } from "./ticker.js";

const WINDOWS = ["1d", "7d", "30d"];
const CHANGES = ["change_1d", "change_7d", "change_30d", "change_1y"];
// As apps/market/home.py has them.
const SHADES = [0.5, 2, 5];
// What a panel of this id can show of a message; false where it cannot.
const PATCHES = {
  breadth: (panel, data) => isOfDay(panel, data.indices[0]?.standing?.day),
  movers: showMoverLists,
  overview: () => true,
  parts: () => true,
  sets: showSets,
  tiles: (panel, data) => isOfDay(panel, data.indices[0]?.day),
};

export function showDashboard(data) {
  showOverview(data);
  data.indices.forEach(showIndexFigures);
  data.freshness.forEach(showStream);
  showMovers(data);
  if (data.as_of && isNewer("status_as_of", data.as_of)) showStatus(data.as_of);
  document.querySelectorAll("[data-version]").forEach((panel) => follow(panel, data));
}

function follow(panel, data) {
  // Without Redis there are no versions.
  if (!data.version || panel.dataset.version === data.version) return;
  const isPatched = "patched" in panel.dataset && PATCHES[panel.id]?.(panel, data);
  if (isPatched) panel.dataset.version = data.version;
  else refreshPanels([panel.id]);
}

/** A line or a table that has this day in it already. */
function isOfDay(panel, day) {
  return panel.dataset.day === (day ?? "");
}

function showOverview({ overview, as_of: asOf, is_stale: isStale, currency }) {
  for (const name of ["card_count", "set_count", "priced_card_count", "series_count"]) {
    showCount(name, overview[name]);
  }
  showCount("observations", overview.observations);
  showMoney("average_price", overview.average_price, currency);
  showAge("overview_as_of", asOf);
  showTag("stale:overview", isStale);
}

function showIndexFigures(one) {
  const { index, standing } = one;
  showMoney(`level:${index}`, one.value, "");
  CHANGES.forEach((name) => showChange(`${name}:${index}`, one[name]));
  showShare(`volatility:${index}`, one.volatility, 2);
  if (!standing) return;
  WINDOWS.forEach((window) => showBreadth(`${window}:${index}`, standing[`breadth_${window}`]));
  for (const name of ["variants", "above_mean", "with_mean"]) {
    showCount(`${name}:${index}`, standing[name]);
  }
  const share = standing.with_mean ? (100 * standing.above_mean) / standing.with_mean : null;
  showShare(`above_mean_percent:${index}`, share, 1);
  showShare(`median_volatility:${index}`, standing.volatility, 2);
}

function showBreadth(key, { advancers, unchanged, decliners }) {
  showCount(`advancers:${key}`, advancers);
  showCount(`unchanged:${key}`, unchanged);
  showCount(`decliners:${key}`, decliners);
  const widths = [advancers, unchanged, decliners];
  const total = advancers + unchanged + decliners;
  for (const bar of document.querySelectorAll(`[data-breadth="${CSS.escape(key)}"]`)) {
    bar.setAttribute("viewBox", `0 0 ${total || 1} 1`);
    let x = 0;
    [...bar.children].forEach((part, place) => {
      part.setAttribute("x", x);
      part.setAttribute("width", widths[place]);
      x += widths[place];
    });
  }
}

function showMoverLists(panel, data) {
  const { window } = panel.dataset;
  const lists = window === "1d" ? data : data.movers[window];
  return ["gainers", "losers"]
    .map((direction) =>
      showMoverRows(
        panel.querySelector(`[data-direction="${direction}"]`),
        lists[direction],
        data.currency,
      ),
    )
    .every(Boolean);
}

/** False where other sets are shown than the message has. */
function showSets(panel, { sets }) {
  const cells = new Map(
    [...panel.querySelectorAll("[data-set]")].map((cell) => [cell.dataset.set, cell]),
  );
  if (sets.length !== cells.size || !sets.every(({ code }) => cells.has(code))) return false;
  const list = panel.querySelector(".heat");
  for (const { code, change_7d: percent } of sets) {
    const cell = cells.get(code);
    cell.className = `heat__cell heat__cell--${shade(percent)}`;
    writeChange(cell.querySelector(".change"), percent);
    list.append(cell.parentElement);
  }
  return true;
}

function shade(percent) {
  const size = SHADES.filter((bound) => Math.abs(percent) >= bound).length;
  return size === 0 ? "flat" : `${percent > 0 ? "up" : "down"}-${size}`;
}

function showStream({ marketplace, as_of: asOf, is_stale: isStale }) {
  if (!asOf) return;
  showAge(`age:${marketplace}`, asOf);
  showText(`newest:${marketplace}`, utcLabel(new Date(asOf)).replace(" UTC", ""));
  showText(`state:${marketplace}`, isStale ? "STALE" : "FRESH");
  for (const tag of shown(`state:${marketplace}`)) {
    tag.classList.toggle("tag--good", !isStale);
  }
}

function showStatus(asOf) {
  for (const time of shown("status_as_of")) {
    const moment = new Date(asOf);
    time.dateTime = asOf;
    time.title = utcLabel(moment);
    time.textContent = `${clockLabel(moment)} UTC`;
  }
}
