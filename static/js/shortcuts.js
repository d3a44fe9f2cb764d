// Keys for those who do not reach for a mouse. None is taken from somebody who types,
// and the single ones can be turned off: speech input types letters (WCAG 2.1.4). What
// the keys do is listed on the page "Find anything", which is also where the palette
// (palette.js) has its entries from.

const OFF = "single-keys-off";
const NEXT_KEY_WITHIN = 1500;
const FIELDS = "input:not([type=checkbox], [type=radio], [type=submit]), select, textarea";
const KEYS = {
  "/": () => openPalette(),
  "?": () => openHelp(),
  g: () => awaitPlace(),
  j: () => stepRow(1),
  k: () => stepRow(-1),
  t: () => press(".panel:has([data-chart]) .more > summary"),
  "[": () => press("[rel=prev]"),
  "]": () => press("[rel=next]"),
  ".": () => press("[data-connection]:not([hidden])"),
};
let awaitsUntil = 0;

export function startShortcuts() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.querySelectorAll("[data-single-keys]").forEach(startSwitch);
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return;
  if (event.key === "Escape") {
    closeMenu();
  } else if (event.key.toLowerCase() === "k" && isPlainCommand(event)) {
    event.preventDefault();
    openPalette();
  } else if (!isSingle(event) || document.querySelector("dialog[open]")) {
    return;
  } else if (performance.now() < awaitsUntil) {
    goTo(event);
  } else if (event.key in KEYS) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

function isTyping(element) {
  return element.isContentEditable || element.matches?.(FIELDS);
}

function isPlainCommand(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}

/** A key by itself; Shift is how some keyboards write "/" and "?". */
function isSingle(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return localStorage.getItem(OFF) === null;
}

function onClick(event) {
  const link = event.target.closest("[data-opens-palette]");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  if (!link || !isPlain) return;
  event.preventDefault();
  openPalette();
}

// --- what the keys do ----------------------------------------------------------------

/** Opened at once, so that nothing that is typed is lost; what it finds comes after. */
async function openPalette() {
  const dialog = document.getElementById("palette");
  if (dialog.open) return;
  dialog.querySelector("input").value = "";
  dialog.showModal();
  (await import("./palette.js")).startPalette(dialog);
}

async function openHelp() {
  (await import("./palette.js")).openHelp();
}

function awaitPlace() {
  awaitsUntil = performance.now() + NEXT_KEY_WITHIN;
  // Known by the time the second key is struck.
  import("./palette.js").then(({ places }) => places());
}

async function goTo(event) {
  awaitsUntil = 0;
  event.preventDefault();
  const { places } = await import("./palette.js");
  const place = (await places()).find(({ go }) => go === event.key);
  if (place) location.assign(place.url);
}

/** The menu of the bar, which goes back to what opened it. */
function closeMenu() {
  const menu = document.querySelector(".nav__more[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function press(selector) {
  document.querySelector(selector)?.click();
}

/** From the name in one row of a list to that in the next. */
function stepRow(step) {
  const links = [...document.querySelectorAll("main a.row-link")];
  const shown = links.filter((link) => link.checkVisibility());
  const row = document.activeElement?.closest("tr");
  const here = shown.findIndex((link) => row?.contains(link));
  const next = here < 0 && step < 0 ? shown.length - 1 : here + step;
  shown[Math.max(0, Math.min(shown.length - 1, next))]?.focus();
}

// --- the switch ------------------------------------------------------------------------

/** A box that turns the single keys on and off, for this browser. */
export function startSwitch(box) {
  box.checked = localStorage.getItem(OFF) === null;
  box.disabled = false;
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
}
