// The palette: one field for cards, pages, sets, indices and what somebody can do. Loaded
// when it is first asked for. It knows what the page "Find anything" links to.

import { Combobox, SHORTEST } from "./combobox.js";
import { startSwitch } from "./shortcuts.js";

const MOST = 8;
let site;

/** The page "Find anything", fetched once; empty without a network. */
function sitePage() {
  site ??= fetch(dialogOf("palette").dataset.palette).then(
    async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html"),
    () => document.implementation.createHTMLDocument(),
  );
  return site;
}

/** Everything it links to: { label, kind, url, go }, `go` the letter that leads there. */
export async function places() {
  const page = await sitePage();
  return [...page.querySelectorAll("[data-find] a")].map((link) => ({
    label: link.textContent.trim(),
    kind: link.closest("[data-find]").dataset.find,
    url: link.getAttribute("href"),
    go: link.dataset.go,
  }));
}

/** Have the open dialog find what is typed. */
export function startPalette(dialog) {
  palette ??= new Palette(dialog);
  palette.start();
}

let palette;

class Palette extends Combobox {
  constructor(dialog) {
    super(dialog.querySelector("[data-combobox]"));
    this.dialog = dialog;
    this.said = dialog.querySelector("[role=status]");
    this.places = [];
    letClose(dialog);
    dialog.addEventListener("close", () => this.close());
  }

  async start() {
    this.places = await places();
    this.later();
  }

  /** What the site itself knows at once, cards when they arrive. */
  later() {
    this.request?.abort();
    const text = this.input.value.trim();
    this.offer(this.known(text), text);
    super.later();
  }

  async ask() {
    const text = this.input.value.trim();
    if (text.length < SHORTEST) return;
    const cards = await this.cards(text);
    if (!cards || this.input.value.trim() !== text) return;
    const named = cards.map((card) => ({ ...card, kind: "Card" }));
    this.offer([...this.known(text), ...named], text);
  }

  /** Places that begin with the words come before those that hold them. */
  known(text) {
    const words = text.toLowerCase();
    if (!words) return this.places.filter(({ kind }) => kind === "Action" || kind === "Page");
    const rank = ({ label }) => {
      const name = label.toLowerCase();
      if (name.startsWith(words)) return 0;
      return name.includes(` ${words}`) ? 1 : 2;
    };
    return this.places
      .filter(({ label }) => label.toLowerCase().includes(words))
      .sort((one, other) => rank(one) - rank(other))
      .slice(0, MOST);
  }

  offer(entries, text) {
    const chosen = this.entries[this.active];
    this.show(entries);
    const place = entries.findIndex(({ url }) => url && url === chosen?.url);
    if (text && entries.length > 0) this.activate(Math.max(0, place));
    this.said.textContent = saying(entries.length, text);
  }

  onKey(event) {
    // There is no list to close without the dialog.
    if (event.key !== "Escape") super.onKey(event);
  }

  /** The list stays as long as the dialog does, wherever the focus is in it. */
  close() {
    if (!this.dialog.open) super.close();
  }
}

function saying(count, text) {
  if (count > 0) return count === 1 ? "1 result" : `${count} results`;
  return text ? "Nothing of that name. Enter searches the cards." : "";
}

/** The list of keys, from the page that has it, and the places they lead to. */
export async function openHelp() {
  const dialog = dialogOf("keys");
  const body = dialog.querySelector("[data-keys]");
  if (body.childElementCount === 0) {
    const page = await sitePage();
    const list = page.getElementById("keyboard");
    if (list) {
      const [, ...parts] = list.cloneNode(true).children;
      body.append(...parts, placesWithKeys(page));
    }
    body.querySelectorAll("[data-single-keys]").forEach(startSwitch);
    letClose(dialog);
  }
  if (!dialog.open) dialog.showModal();
}

function placesWithKeys(page) {
  const list = Object.assign(document.createElement("ul"), { className: "places" });
  for (const link of page.querySelectorAll("[data-go]")) {
    list.append(link.closest("li").cloneNode(true));
  }
  return list;
}

function dialogOf(id) {
  return document.getElementById(id);
}

/** By its button, by a click beside it, and at once by Escape, which Chromium's fields
    may keep for themselves the first time. */
function letClose(dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-closes]")) dialog.close();
  });
}
