// Changing many records: a field somebody fills in is ticked by that, and one that is unticked is left alone.
export default function bulkform(form: HTMLElement): void {
  const boxOf = (row: Element | null): HTMLInputElement | null => row?.querySelector<HTMLInputElement>(":scope > input[name=set][type=checkbox]") ?? null;

  function mark(row: Element): void {
    const box = boxOf(row);
    if (box) row.classList.toggle("is-chosen", box.checked);
  }

  function changed(event: Event): void {
    const row = (event.target as Element).closest(".bulk-field");
    const box = boxOf(row);
    if (!row || !box) return;
    if (event.target !== box) box.checked = true;
    mark(row);
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
}
