// The bell in the bar counts what fired and was not looked at, while the page is open.

import { live } from "./live.js";

export function startBell(bell) {
  const count = bell.querySelector(".bell__count");
  live.subscribe(`alerts:user:${bell.dataset.bell}`, ({ unseen }) => {
    count.textContent = String(unseen);
    count.hidden = unseen === 0;
    bell.setAttribute("aria-label", unseen ? `Alerts, ${unseen} new` : "Alerts");
  });
}
