// Rows of movers as the server writes them (templates/market/mover_row.html), filled
// with those of a message.

import { writeAge, writeChange, writeMoney } from "./figures.js";

const TAGS = {
  SOLO: ["tag tag--calm", "SOLO", "Only one vendor moved this way"],
  THIN: ["tag", "THIN", "One or two copies on offer: one seller decides the price"],
  STALE: ["tag", "STALE", "Older than this source's prices should be"],
  OVERRIDE: ["tag", "SET BY HAND", "Set by hand"],
};

/** Show `movers` in the panel of one direction. False where it has no row to go by, or
    none to show: then the server says so in words. */
export function showMoverRows(panel, movers, currency) {
  const body = panel?.querySelector("tbody");
  const pattern = body?.querySelector("tr");
  if (!pattern || movers.length === 0) return false;
  const places = [...body.children].map(identityOfRow);
  const rows = movers.map((mover) => {
    const place = places.indexOf(identityOf(mover));
    // A row that stays is changed in place: somebody may be reading it.
    const row = place < 0 ? pattern.cloneNode(true) : body.children[place];
    fill(row, mover, currency);
    return row;
  });
  const stays = rows.length === places.length && rows.every((row, i) => row === body.children[i]);
  if (!stays) body.replaceChildren(...rows);
  return true;
}

function identityOf({ card_id: card, finish, language }) {
  return `${card} ${finish} ${language ?? ""}`;
}

function identityOfRow({ dataset }) {
  return `${dataset.card} ${dataset.finish} ${dataset.language}`;
}

function fill(row, mover, currency) {
  row.dataset.card = mover.card_id;
  row.dataset.finish = mover.finish;
  row.dataset.language = mover.language ?? "";
  const link = row.querySelector("a.row-link");
  link.textContent = mover.name;
  link.href = link.href.replace(/\/cards\/\d+\//, `/cards/${mover.card_id}/`);
  describe(row.querySelector(".basis"), mover);
  const [then, now] = row.querySelectorAll("data.money");
  writeMoney(then, mover.then, currency);
  writeMoney(now, mover.price, currency);
  writeChange(row.querySelector(".change"), mover.change_percent);
  const source = row.querySelector(".source > span");
  source.firstChild.data = `${mover.marketplace_name} `;
  writeAge(source.querySelector("time"), mover.as_of);
}

/** Set, number, finish, language and flags. */
function describe(basis, mover) {
  const parts = [
    element("span", "set-code", `${mover.set.toUpperCase()} ${mover.collector_number}`),
  ];
  if (mover.finish !== "NONFOIL") {
    parts.push(element("span", `finish finish--${mover.finish}`, name(mover.finish)));
  }
  if (mover.language) parts.push(element("span", "language", name(mover.language)));
  for (const flag of mover.flags) {
    const [className, text, title] = TAGS[flag] ?? ["tag", flag, ""];
    parts.push(Object.assign(element("abbr", className, text), { title }));
  }
  basis.replaceChildren(...parts.flatMap((part) => [part, " "]));
}

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

/** ETCHED -> Etched */
function name(value) {
  return value[0] + value.slice(1).toLowerCase().replace("_", " ");
}
