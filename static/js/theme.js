// The choice of colours, kept in a cookie so that the server renders it at once, and
// with the account of who is logged in.

const YEAR = 365 * 24 * 60 * 60;

export function startTheme(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = event.submitter.value;
    document.cookie = `theme=${chosen}; path=/; max-age=${YEAR}; samesite=lax`;
    document.documentElement.dataset.theme = chosen;
    if ("keep" in form.dataset) {
      const body = new FormData(form, event.submitter);
      fetch(form.action, { method: "POST", body, redirect: "manual" });
    }
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
  });
}

/** Call `redraw` whenever the colours change, by choice or with the system. */
export function onThemeChange(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
}
