// Ticking lots: all of a page at once, and how many are ticked. The form works without.

const bulk = document.querySelector("[data-bulk]");
const all = document.querySelector("[data-bulk-all]");

if (bulk && all) {
  const count = bulk.querySelector("[data-bulk-count]");
  const boxes = [...document.querySelectorAll('input[name="lot"]')];
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    count.textContent = `(${ticked})`;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.disabled = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}
