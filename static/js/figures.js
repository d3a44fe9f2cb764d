// Figures as the server writes them (templatetags/figures.py), and how one on the page
// is replaced. Elements carry the name of what they show in data-k.

const NOTHING = "–";
const SYMBOLS = { USD: "$", EUR: "€" };
const FLASH_MS = 600;

const exact = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 3,
});
const cents = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** An amount; without a currency the level of an index. */
export function moneyLabel(amount, currency) {
  const value = Number(amount);
  if (!currency) return cents.format(value);
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  const symbol = SYMBOLS[currency];
  const number = (symbol && size >= 1 ? cents : exact).format(size);
  return symbol ? `${sign}${symbol}${number}` : `${sign}${number} tix`;
}

export function changeLabel(percent) {
  const size = Math.abs(percent);
  const digits = size >= 1000 ? 0 : 1;
  const number = size.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const signs = { up: "+", down: "−", flat: "" };
  return `${signs[direction(percent)]}${number}%`;
}

export function direction(percent) {
  if (percent === null) return "none";
  const shown = Math.round(Math.abs(percent) * 10);
  if (shown === 0) return "flat";
  return percent > 0 ? "up" : "down";
}

export function countLabel(number) {
  return counts.format(number);
}

export function ageLabel(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return "just now";
  if (minutes < 90) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / (24 * 60))} d ago`;
}

export function utcLabel(moment) {
  const day = moment.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  return `${day} ${clockLabel(moment)} UTC`;
}

export function clockLabel(moment) {
  return moment.toISOString().slice(11, 16);
}

// --- replacing what is shown -------------------------------------------------------

/** The elements that show `key`. */
export function shown(key) {
  return document.querySelectorAll(`[data-k="${CSS.escape(key)}"]`);
}

/** Show an amount; a change of price lights up for a moment. */
export function showMoney(key, amount, currency) {
  for (const element of shown(key)) {
    const before = element.tagName === "DATA" ? Number(element.value) : null;
    if (amount === null) {
      element.textContent = NOTHING;
      continue;
    }
    if (before === Number(amount)) continue;
    const target = element.tagName === "DATA" ? element : becomeData(element);
    target.value = amount;
    target.textContent = moneyLabel(amount, currency);
    if (before !== null) flash(target, Number(amount) > before);
  }
}

function becomeData(element) {
  const data = document.createElement("data");
  data.className = element.className;
  data.dataset.k = element.dataset.k;
  element.replaceWith(data);
  return data;
}

export function showChange(key, percent) {
  for (const element of shown(key)) writeChange(element, percent);
}

export function writeChange(element, percent) {
  const value = percent === null ? null : Number(percent);
  element.className = `change change--${direction(value)}`;
  element.textContent = value === null ? NOTHING : changeLabel(value);
}

export function writeMoney(element, amount, currency) {
  element.value = amount;
  element.textContent = moneyLabel(amount, currency);
}

export function writeAge(element, iso) {
  element.dateTime = iso;
  element.title = utcLabel(new Date(iso));
  tell(element);
}

export function showCount(key, number) {
  for (const element of shown(key)) {
    if (element.tagName === "DATA") element.value = number;
    element.textContent = number === null ? NOTHING : countLabel(number);
  }
}

/** Show or hide a tag that is in the page either way. */
export function showTag(key, isShown) {
  for (const element of shown(key)) {
    element.hidden = !isShown;
    if (isShown) element.closest(".blank")?.classList.remove("blank");
  }
}

export function showText(key, text) {
  for (const element of shown(key)) element.textContent = text;
}

/** Show how old something is. */
export function showAge(key, iso) {
  for (const element of shown(key)) {
    if (element.tagName === "TIME" && iso) writeAge(element, iso);
  }
}

/** A share of a hundred as the page writes it: "54.3 %". */
export function showShare(key, percent, digits) {
  const text = percent === null ? NOTHING : `${percent.toFixed(digits)} %`;
  showText(key, text);
}

/** Whether `iso` is later than the time element shows; the page knows whole seconds. */
export function isNewer(key, iso) {
  const [element] = shown(key);
  if (!element || !iso) return false;
  const seconds = (text) => Math.floor(Date.parse(text) / 1000);
  return !element.dateTime || seconds(iso) > seconds(element.dateTime);
}

function flash(element, isUp) {
  const name = isUp ? "is-fresh-up" : "is-fresh-down";
  element.classList.remove("is-fresh-up", "is-fresh-down");
  // Reading a size makes the browser start the animation again.
  void element.offsetWidth;
  element.classList.add(name);
  setTimeout(() => element.classList.remove(name), FLASH_MS);
}

function tell(element) {
  const seconds = (Date.now() - Date.parse(element.dateTime)) / 1000;
  element.textContent = ageLabel(seconds);
}

/** Let every age on the page grow. */
export function keepAges() {
  setInterval(() => document.querySelectorAll("time[data-age]").forEach(tell), 30_000);
}
