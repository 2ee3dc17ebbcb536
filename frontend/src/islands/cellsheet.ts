// On a phone a row is a card: a tap on one of its fields opens the form of that field in a sheet at the foot of the page.
// The same table attributes as islands/cells.ts; links in a card stay links, and while rows are selected nothing opens.
import htmx from "../lib/htmx";

const NARROW = "(max-width: 760px)";

export default function cellsheet(table: HTMLElement): void {
  if (!window.matchMedia(NARROW).matches) return;
  const fields = [...table.querySelectorAll<HTMLElement>("thead th")].map((head) => head.dataset["edit"] ?? "");
  let busy = false;

  const address = (row: string, field: string): string =>
    `${table.dataset["url"] ?? ""}${row}/cell/${field}/?sheet=1&columns=${encodeURIComponent(table.dataset["columns"] ?? "")}`;

  table.addEventListener("click", (event) => {
    const target = event.target as Element;
    const cell = target.closest<HTMLTableCellElement>("tbody tr[data-id] > td:not(.c-check)");
    const field = cell ? fields[cell.cellIndex] : "";
    if (!cell || !field || busy || target.closest("a, button, input") || table.classList.contains("selecting")) return;
    busy = true;
    const row = (cell.parentElement as HTMLElement).dataset["id"] ?? "";
    void htmx.ajax("GET", address(row, field), { target: "#dialogs", swap: "beforeend" }).finally(() => (busy = false));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("#cell-sheet .sheet-form") || !table.isConnected) return;
    event.preventDefault();
    const id = form.dataset["row"] ?? "";
    const row = table.querySelector<HTMLElement>(`tr[data-id="${id}"]`);
    if (!row || busy) return;
    busy = true;
    const sheet = form.closest("dialog");
    void htmx.ajax("POST", address(id, form.dataset["field"] ?? ""), { source: form, target: row, swap: "outerHTML" }).finally(() => {
      busy = false;
      // A refused form has come in the place of this one; a saved one leaves its row behind.
      if (row.isConnected) return;
      sheet?.close();
      table.querySelector<HTMLElement>(`tr[data-id="${id}"] a`)?.focus({ preventScroll: true });
    });
  });
}
