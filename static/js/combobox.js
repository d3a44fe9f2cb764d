// Names as you type, after the ARIA combobox pattern. The form works without it.

const DELAY_MS = 120;
const LIMIT = 8;
/** Letters it takes to ask for cards. */
export const SHORTEST = 2;

export function startCombobox(root) {
  new Combobox(root);
}

/** A field and the list of what it may mean. An entry is { label, kind, url }: of cards
    there is but the label, and choosing one searches for it. */
export class Combobox {
  constructor(root) {
    this.url = root.dataset.combobox;
    this.input = root.querySelector("input");
    this.list = root.querySelector("[role=listbox]");
    this.entries = [];
    this.active = -1;
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => this.close());
    // Not "click": the input must not lose the focus first.
    this.list.addEventListener("pointerdown", (event) => this.onPointer(event));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY_MS);
  }

  async ask() {
    const text = this.input.value.trim();
    this.request?.abort();
    if (text.length < SHORTEST) {
      this.close();
      return;
    }
    const cards = await this.cards(text);
    if (cards) this.show(cards);
  }

  /** Cards of such a name; null where there is no answer. */
  async cards(text) {
    this.request = new AbortController();
    const query = new URLSearchParams({ q: text, limit: String(LIMIT) });
    try {
      const answer = await fetch(`${this.url}?${query}`, {
        signal: this.request.signal,
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) return null;
      return (await answer.json()).names.map((label) => ({ label }));
    } catch (error) {
      // A newer question took its place, or the network is gone: the form still works.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
      return null;
    }
  }

  show(entries) {
    this.entries = entries;
    this.list.replaceChildren(...entries.map((entry, index) => this.option(entry, index)));
    this.activate(-1);
    const isOpen = entries.length > 0 && document.activeElement === this.input;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  option({ label, kind }, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.textContent = label;
    if (kind) {
      const note = Object.assign(document.createElement("span"), { textContent: kind });
      option.append(" ", note);
    }
    return option;
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.show([]);
  }

  onKey(event) {
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.ask();
      else this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.choose(this.entries[this.active]);
    }
  }

  /** One step, with the text itself as the step between last and first. */
  move(step) {
    const places = this.entries.length + 1;
    this.activate(((this.active + 1 + step + places) % places) - 1);
    this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
  }

  activate(place) {
    this.active = place;
    [...this.list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === place));
    });
    const option = this.list.children[place];
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  choose({ label, url }) {
    if (url) {
      location.assign(url);
      return;
    }
    this.input.value = label;
    this.close();
    this.input.form.requestSubmit();
  }

  onPointer(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    this.choose(this.entries[[...this.list.children].indexOf(option)]);
  }
}
