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

  function filledIn(control: Element): boolean {
    if (control instanceof HTMLSelectElement) return [...control.options].some((one) => one.selected && one.value !== "" && !one.defaultSelected);
    if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
    return control instanceof HTMLInputElement && (/^(checkbox|radio)$/.test(control.type) ? control.checked !== control.defaultChecked : control.value !== control.defaultValue);
  }

  // Somebody may have been quicker than this file.
  for (const row of form.querySelectorAll(".bulk-field")) {
    const box = boxOf(row);
    if (box && [...row.querySelectorAll("input, select, textarea")].some((control) => control !== box && filledIn(control))) box.checked = true;
    mark(row);
  }
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
}
