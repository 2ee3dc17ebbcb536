// Editing in the cells of a list, by keyboard as in a spreadsheet: arrows move, Enter or F2 or a double click edits;
// while editing, Enter saves and goes down, Tab saves and goes right, Escape leaves the cell as it was.
// <table data-island="cells" data-url="/opportunities/" data-columns="title,amount">; heads that can be edited carry data-edit="field".
import htmx from "../lib/htmx";

const NARROW = "(max-width: 760px)";
type Step = [rows: number, columns: number];

export default function cells(table: HTMLElement): void {
  if (window.matchMedia(NARROW).matches) return;
  table.setAttribute("role", "grid");
  const fields = [...table.querySelectorAll<HTMLElement>("thead th")].map((head) => head.dataset["edit"] ?? "");
  const rows = (): HTMLTableRowElement[] => [...table.querySelectorAll<HTMLTableRowElement>("tbody tr[data-id]:not([hidden])")];
  let at: HTMLTableCellElement | null = null;
  let busy = false;

  const cellOf = (target: EventTarget | null): HTMLTableCellElement | null =>
    target instanceof Element ? target.closest<HTMLTableCellElement>("tbody tr[data-id] > td:not(.c-check)") : null;

  function reach(cell: HTMLTableCellElement | null | undefined, focus = true): void {
    if (!cell) return;
    if (at && at !== cell) at.tabIndex = -1;
    at = cell;
    cell.tabIndex = 0;
    if (!focus) return;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function neighbour(id: string, column: number, [down, across]: Step): HTMLTableCellElement | undefined {
    const every = rows();
    const row = every.findIndex((one) => one.dataset["id"] === id);
    const target = every[Math.min(Math.max(row + down, 0), every.length - 1)];
    let next = column + across;
    // Sideways while editing: the next cell that can be edited; the check box is no cell to stand on.
    while (target && across !== 0 && next > 0 && next < fields.length - 1 && target.cells[next]?.classList.contains("c-check")) next += across;
    const found = target?.cells[Math.min(Math.max(next, 0), (target?.cells.length ?? 1) - 1)];
    return found?.classList.contains("c-check") ? target?.cells[1] : found;
  }

  const address = (row: HTMLElement, field: string): string =>
    `${table.dataset["url"] ?? ""}${row.dataset["id"] ?? ""}/cell/${field}/?columns=${encodeURIComponent(table.dataset["columns"] ?? "")}`;

  async function edit(cell: HTMLTableCellElement): Promise<void> {
    const row = cell.parentElement as HTMLTableRowElement;
    const field = fields[cell.cellIndex];
    if (!field || busy || cell.querySelector(".cell-form")) return;
    busy = true;
    const kept = [...cell.childNodes];
    cell.classList.add("editing");
    try {
      await htmx.ajax("GET", address(row, field), { source: cell, target: cell, swap: "innerHTML" });
    } finally {
      busy = false;
    }
    const form = cell.querySelector<HTMLFormElement>(".cell-form");
    if (!form) {
      cell.classList.remove("editing");
      return;
    }
    before.set(cell, kept);
    begin(form);
  }

  const before = new WeakMap<HTMLTableCellElement, ChildNode[]>();

  function begin(form: HTMLFormElement): void {
    const first = form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea");
    first?.focus();
    if (first instanceof HTMLInputElement && first.type !== "checkbox") first.select();
  }

  function leave(cell: HTMLTableCellElement): void {
    cell.replaceChildren(...(before.get(cell) ?? []));
    cell.classList.remove("editing");
    reach(cell);
  }

  async function save(cell: HTMLTableCellElement, step: Step, open: boolean): Promise<void> {
    const row = cell.parentElement as HTMLTableRowElement;
    const form = cell.querySelector<HTMLFormElement>(".cell-form");
    const [id, column, field] = [row.dataset["id"] ?? "", cell.cellIndex, fields[cell.cellIndex] ?? ""];
    if (!form || busy) return;
    busy = true;
    const chosen = row.getAttribute("aria-selected") === "true";
    try {
      await htmx.ajax("POST", address(row, field), { source: form, target: row, swap: "outerHTML" });
    } finally {
      busy = false;
    }
    const again = table.querySelector<HTMLFormElement>(`tr[data-id="${id}"] .cell-form`);
    if (again) {
      begin(again);
      return;
    }
    const fresh = table.querySelector<HTMLElement>(`tr[data-id="${id}"]`);
    const box = fresh?.querySelector<HTMLInputElement>(".c-check input");
    if (chosen && fresh && box) {
      box.checked = true;
      fresh.setAttribute("aria-selected", "true");
    }
    const next = neighbour(id, column, step);
    reach(next);
    if (open && next && next.cellIndex !== column) await edit(next);
  }

  function typing(event: KeyboardEvent, cell: HTMLTableCellElement): boolean {
    const target = event.target;
    if (event.key === "Escape") leave(cell);
    else if (event.key === "Enter" && !(target instanceof HTMLTextAreaElement && event.shiftKey)) void save(cell, [1, 0], false);
    else if (event.key === "Tab" && alone(cell, target, event.shiftKey)) void save(cell, [0, event.shiftKey ? -1 : 1], true);
    else return false;
    return true;
  }

  // Tab goes through the parts of one field (amount, then currency) before it leaves the cell.
  function alone(cell: HTMLElement, target: EventTarget | null, back: boolean): boolean {
    const parts = [...cell.querySelectorAll<HTMLElement>("input:not([type=hidden]), select, textarea")];
    return (back ? parts[0] : parts[parts.length - 1]) === target;
  }

  function moving(event: KeyboardEvent, cell: HTMLTableCellElement): boolean {
    const back = document.documentElement.dir === "rtl" ? 1 : -1;
    const steps: Record<string, Step> = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, back], ArrowRight: [0, -back] };
    const step = steps[event.key];
    if (step) reach(neighbour((cell.parentElement as HTMLElement).dataset["id"] ?? "", cell.cellIndex, step));
    else if ((event.key === "Enter" || event.key === "F2") && event.target === cell) {
      if (fields[cell.cellIndex]) void edit(cell);
      else cell.querySelector<HTMLElement>("a")?.click();
    } else return false;
    return true;
  }

  table.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const used = cell.querySelector(".cell-form") ? typing(event, cell) : moving(event, cell);
    if (used) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
  table.addEventListener("click", (event) => {
    const cell = cellOf(event.target);
    if (cell && !cell.querySelector(".cell-form") && !(event.target as Element).closest("a, input, button")) reach(cell);
  });
  table.addEventListener("dblclick", (event) => {
    const cell = cellOf(event.target);
    if (cell && !(event.target as Element).closest("a, input, button, select")) void edit(cell);
  });
  table.addEventListener("submit", (event) => {
    const cell = cellOf(event.target);
    if (!cell?.querySelector(".cell-form")) return;
    event.preventDefault();
    void save(cell, [1, 0], false);
  });
  // Leaving the cell with the mouse saves it, as in a spreadsheet.
  table.addEventListener("focusout", (event) => {
    const cell = cellOf(event.target);
    const to = event.relatedTarget;
    if (!cell || busy || !cell.querySelector(".cell-form") || (to instanceof Node && cell.contains(to))) return;
    window.setTimeout(() => {
      if (!busy && cell.isConnected && cell.querySelector(".cell-form") && !cell.contains(document.activeElement) && document.hasFocus()) void save(cell, [0, 0], false);
    }, 0);
  });
  const first = rows()[0];
  const start = first && [...first.cells].find((cell) => fields[cell.cellIndex]);
  reach(start, false);
}
