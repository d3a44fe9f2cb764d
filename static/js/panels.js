// A choice that changes one panel replaces that panel: the server renders the page for
// the new address, and the panel of the same id is taken from it. Without this script
// the links simply lead there.

const REFRESH_MS = 2000;
const parser = new DOMParser();
const waiting = new Set();
let shown = location.search;
let refreshing;
let request;

export function startPanels() {
  document.addEventListener("click", onClick);
  addEventListener("popstate", () => {
    // A jump within the page comes here too.
    if (location.search !== shown) location.reload();
  });
}

function onClick(event) {
  const link = event.target.closest("[data-replaces] a");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  if (!link || !isPlain) return;
  event.preventDefault();
  open(link);
}

async function open(link) {
  const { replaces } = link.closest("[data-replaces]").dataset;
  const label = link.textContent;
  if (!(await replacePanel(replaces, link.href))) {
    location.href = link.href;
    return;
  }
  history.pushState(null, "", link.href);
  shown = location.search;
  keepChoices(link.href, replaces);
  focusLink(replaces, label);
}

/** Take the panel `id` from the page at `url`. False when that is not to be had. */
async function replacePanel(id, url) {
  request?.abort();
  request = new AbortController();
  try {
    const page = await pageAt(url, request.signal);
    return page !== null && exchange(id, page);
  } catch (error) {
    // A newer choice took over: there is nothing left to do.
    if (error.name === "AbortError") return true;
    throw error;
  }
}

/** The page at `url`; null when there is no network or no such page. */
async function pageAt(url, signal) {
  try {
    const answer = await fetch(url, { signal });
    return answer.ok ? parser.parseFromString(await answer.text(), "text/html") : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function exchange(id, page) {
  const panel = document.getElementById(id);
  const fresh = page.getElementById(id);
  if (!panel || !fresh) return false;
  keepOpen(panel, fresh);
  panel.replaceWith(fresh);
  fresh.dispatchEvent(new CustomEvent("panel:replaced", { bubbles: true }));
  return true;
}

/** Have panels rendered anew, soon: not by every open page in the same moment. */
export function refreshPanels(ids) {
  ids.forEach((id) => waiting.add(id));
  refreshing ??= setTimeout(refresh, REFRESH_MS * (0.2 + Math.random()));
}

async function refresh() {
  const ids = [...waiting];
  waiting.clear();
  refreshing = undefined;
  const page = await pageAt(location.href);
  if (page === null) return;
  for (const id of ids) {
    // Not under the hands of somebody who is reading it.
    if (!document.getElementById(id)?.contains(document.activeElement)) exchange(id, page);
  }
}

/** Tables that were open stay open. */
function keepOpen(panel, fresh) {
  const before = panel.querySelectorAll("details");
  fresh.querySelectorAll("details").forEach((details, index) => {
    details.open = before[index]?.open ?? false;
  });
}

/** The other panels' links must keep the choice that was just made. */
function keepChoices(url, replaced) {
  const chosen = new URL(url).searchParams;
  for (const link of document.querySelectorAll(".segments a")) {
    if (document.getElementById(replaced).contains(link)) continue;
    const target = new URL(link.href);
    const own = new URLSearchParams(chosen);
    const name = link.closest(".segments").dataset.name;
    own.set(name, target.searchParams.get(name));
    target.search = own;
    link.href = target;
  }
}

function focusLink(id, label) {
  const links = document.querySelectorAll(`#${id} [data-replaces] a`);
  [...links].find((link) => link.textContent === label)?.focus();
}
