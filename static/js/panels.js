// A choice that changes one panel replaces that panel: the server renders the page for
// the new address, and the panel of the same id is taken from it. Without this script
// the links simply lead there.

const parser = new DOMParser();
let request;

export function startPanels() {
  document.addEventListener("click", onClick);
  addEventListener("popstate", () => location.reload());
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
  keepChoices(link.href, replaces);
  focusLink(replaces, label);
}

/** Take the panel `id` from the page at `url`. False when that is not to be had. */
export async function replacePanel(id, url = location.href) {
  request?.abort();
  request = new AbortController();
  const panel = document.getElementById(id);
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: request.signal });
    const page = parser.parseFromString(await answer.text(), "text/html");
    const fresh = answer.ok && page.getElementById(id);
    if (!fresh) return false;
    keepOpen(panel, fresh);
    panel.replaceWith(fresh);
    fresh.dispatchEvent(new CustomEvent("panel:replaced", { bubbles: true }));
    return true;
  } catch (error) {
    // A newer choice took over, or there is no network: then the link says so itself.
    if (error.name === "AbortError") return true;
    if (error instanceof TypeError) return false;
    throw error;
  } finally {
    panel.removeAttribute("aria-busy");
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
