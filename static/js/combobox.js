// Names as you type, after the ARIA combobox pattern. The form works without it.

const DELAY_MS = 120;
const LIMIT = 8;

export function startCombobox(root) {
  new Combobox(root);
}

class Combobox {
  constructor(root) {
    this.url = root.dataset.combobox;
    this.input = root.querySelector("input");
    this.list = root.querySelector("[role=listbox]");
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
    document.addEventListener("keydown", (event) => this.onShortcut(event));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY_MS);
  }

  async ask() {
    const text = this.input.value.trim();
    this.request?.abort();
    if (text.length < 2) {
      this.close();
      return;
    }
    this.request = new AbortController();
    const query = new URLSearchParams({ q: text, limit: String(LIMIT) });
    try {
      const answer = await fetch(`${this.url}?${query}`, {
        signal: this.request.signal,
        headers: { Accept: "application/json" },
      });
      if (answer.ok) this.show((await answer.json()).names);
    } catch (error) {
      // A newer question took its place, or the network is gone: the form still works.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
    }
  }

  show(names) {
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...names.map((name, index) => this.option(name, index)));
    const isOpen = names.length > 0 && document.activeElement === this.input;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  option(name, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.textContent = name;
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
      this.choose(this.list.children[this.active]);
    }
  }

  /** One step, with the text itself as the step between last and first. */
  move(step) {
    const places = this.list.children.length + 1;
    this.active = ((this.active + 1 + step + places) % places) - 1;
    [...this.list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.active));
    });
    const option = this.list.children[this.active];
    this.input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  choose(option) {
    this.input.value = option.textContent;
    this.close();
    this.input.form.requestSubmit();
  }

  onPointer(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    this.choose(option);
  }

  /** "/" leads here from anywhere but a field. */
  onShortcut(event) {
    const isTyping = event.target.closest?.("input, select, textarea");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping) return;
    event.preventDefault();
    this.input.focus();
    this.input.select();
  }
}
