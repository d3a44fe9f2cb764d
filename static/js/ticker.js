// The strip of movers: rolls by itself, and stops for whoever wants to read it.
// Without this script, or with reduced motion, it is a list to scroll.

import { changeLabel, direction, moneyLabel, utcLabel } from "./figures.js";

const PIXELS_PER_SECOND = 40;

export function startTicker(ticker) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const button = ticker.querySelector("button");
  const track = ticker.querySelector(".ticker__track");
  const list = track.querySelector(".ticker__list");
  track.append(copyOf(list));

  const roll = () => {
    const rolls = !still.matches;
    ticker.classList.toggle("is-rolling", rolls);
    button.hidden = !rolls;
    // The window is scrolled by hand only while it does not roll.
    ticker.querySelector(".ticker__window").tabIndex = rolls ? -1 : 0;
    const seconds = Math.round(list.offsetWidth / PIXELS_PER_SECOND);
    ticker.style.setProperty("--ticker-seconds", `${seconds}s`);
  };
  roll();
  still.addEventListener("change", roll);

  let isPaused = false;
  const show = () => {
    ticker.classList.toggle("is-paused", isPaused || document.hidden);
    button.setAttribute("aria-pressed", String(isPaused));
    button.querySelector("[data-when=rolling]").hidden = isPaused;
    button.querySelector("[data-when=paused]").hidden = !isPaused;
  };
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    show();
  });
  document.addEventListener("visibilitychange", show);
  show();
}

/** The second lap of the strip, for the eye only. */
function copyOf(list) {
  const copy = list.cloneNode(true);
  copy.classList.add("ticker__copy");
  copy.setAttribute("aria-hidden", "true");
  for (const link of copy.querySelectorAll("a")) link.tabIndex = -1;
  return copy;
}

/** Put the movers of a dashboard message into the tickers of its currency. */
export function showMovers({ currency, gainers, losers }) {
  const turns = Math.max(gainers.length, losers.length);
  const movers = Array.from({ length: turns }, (_, turn) => [gainers[turn], losers[turn]])
    .flat()
    .filter(Boolean);
  if (movers.length === 0) return;
  for (const list of document.querySelectorAll(
    `[data-ticker="${CSS.escape(currency)}"] .ticker__list`,
  )) {
    const [pattern] = list.children;
    const isCopy = list.classList.contains("ticker__copy");
    const items = movers.map((mover) => itemOf(mover, currency, pattern, isCopy));
    list.replaceChildren(...items);
  }
}

function itemOf(mover, currency, pattern, isCopy) {
  const item = pattern.cloneNode(true);
  const link = item.querySelector("a");
  link.href = link.href.replace(/\/cards\/\d+\//, `/cards/${mover.card_id}/`);
  link.title = `${mover.marketplace_name}, ${utcLabel(new Date(mover.as_of))}`;
  link.tabIndex = isCopy ? -1 : 0;
  item.querySelector(".ticker__name").textContent = mover.name;
  item.querySelector(".set-code").textContent = mover.set.toUpperCase();
  const finish = item.querySelector(".finish");
  finish.className = `finish finish--${mover.finish}`;
  finish.hidden = mover.finish === "NONFOIL";
  finish.textContent = mover.finish[0] + mover.finish.slice(1).toLowerCase();
  const price = item.querySelector(".money");
  price.value = mover.price;
  price.textContent = moneyLabel(mover.price, currency);
  const change = item.querySelector(".change");
  change.className = `change change--${direction(mover.change_percent)}`;
  change.textContent = changeLabel(mover.change_percent);
  item.querySelector(".tag").hidden = !mover.flags.includes("STALE");
  return item;
}
