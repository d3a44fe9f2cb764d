// What every page does: colours, search as you type, shortcuts, the ticker, ages, live figures.

import { startBell } from "./bell.js";
import { startCombobox } from "./combobox.js";
import { keepAges } from "./figures.js";
import { startLiveFigures } from "./livefigures.js";
import { startPanels } from "./panels.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./theme.js";
import { startTicker } from "./ticker.js";

document.querySelectorAll("form.theme").forEach(startTheme);
document.querySelectorAll("[data-combobox]").forEach(startCombobox);
document.querySelectorAll("[data-ticker]").forEach(startTicker);
document.querySelectorAll("[data-bell]").forEach(startBell);
document.querySelectorAll(".subnav [aria-current]").forEach(bringIntoRow);
startPanels();
startShortcuts();
keepAges();
startLiveFigures();

/** On a phone the row of pages is wider than the window: show where one is. */
function bringIntoRow(link) {
  const row = link.parentElement;
  row.scrollLeft = link.offsetLeft + link.offsetWidth - row.offsetLeft - row.clientWidth + 24;
}
