// The panel beside a list: a record without leaving the list, and the next one in the list's order, also over the edge of the page.
// Space on a row or p opens and closes it, j/k step, Enter opens the record, Escape closes and gives the focus back to the row.
// <dialog data-island="peek" data-url="/opportunities/" data-query="sort=amount" data-table="#grid" data-columns="title,amount">
import htmx from "../lib/htmx";
import { shortcutOf, typing } from "../lib/shortcuts";

const NAME = "peek";
const FOLLOW_MS = 140;

export default function peek(element: HTMLElement): void {
  const panel = element as HTMLDialogElement;
  const inside = panel.querySelector<HTMLElement>("#peek-inside");
  const table = document.querySelector<HTMLTableElement>(panel.dataset["table"] ?? "");
  if (!inside || !table) return;
  let origin: HTMLElement | null = null;
  let wanted = "";
  let busy = false;
  let timer = 0;

  const shown = (): string => (panel.open ? (inside.querySelector<HTMLElement>(".peek-head")?.dataset["id"] ?? "") : "");
  const rowOf = (id: string): HTMLTableRowElement | null => (id ? table.querySelector(`tr[data-id="${CSS.escape(id)}"]`) : null);
  const rowAt = (target: EventTarget | null): HTMLElement | null =>
    target instanceof Element && table.contains(target) ? target.closest<HTMLElement>("tbody tr[data-id]") : null;

  function mark(id: string): void {
    for (const row of table!.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    rowOf(id)?.setAttribute("aria-current", "true");
    const address = new URL(location.href);
    if (id) address.searchParams.set(NAME, id);
    else address.searchParams.delete(NAME);
    history.replaceState(history.state, "", address);
  }

  // A cell one stood on, or the name of the row.
  function focusRow(id: string): void {
    const row = rowOf(id);
    const column = origin instanceof HTMLTableCellElement ? origin.cellIndex : -1;
    const place = row?.cells[column] ?? row?.querySelector<HTMLElement>("a.link") ?? (origin?.isConnected ? origin : null);
    if (place instanceof HTMLTableCellElement && !place.hasAttribute("tabindex")) place.tabIndex = -1;
    place?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  // One at a time; of several asked for meanwhile the last one counts.
  async function show(id: string, enter: boolean): Promise<void> {
    clearTimeout(timer);
    wanted = id;
    if (busy || !id) return;
    busy = true;
    const active = document.activeElement;
    const step = panel.contains(active) ? active?.closest<HTMLElement>("[data-step]")?.dataset["step"] : "";
    const among = table!.contains(active);
    if (among && !panel.open) origin = active as HTMLElement;
    try {
      await htmx.ajax("GET", `${panel.dataset["url"] ?? ""}${id}/peek/?${panel.dataset["query"] ?? ""}`, { target: inside, swap: "innerHTML" });
    } finally {
      busy = false;
    }
    if (inside!.querySelector<HTMLElement>(".peek-head")?.dataset["id"] !== id) return;
    if (!panel.open) panel.show();
    mark(id);
    rowOf(id)?.scrollIntoView({ block: "nearest" });
    if (among && !enter) focusRow(id);
    else (step ? (panel.querySelector<HTMLElement>(`[data-step="${step}"][href]`) ?? panel) : panel).focus({ preventScroll: true });
    if (wanted !== id) void show(wanted, enter);
  }

  function close(): void {
    clearTimeout(timer);
    const id = shown();
    panel.close();
    inside!.replaceChildren();
    mark("");
    focusRow(id);
  }

  const plain = (event: MouseEvent): boolean => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;

  table.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest<HTMLButtonElement>(".peek-open");
    if (!opener) return;
    event.preventDefault();
    if (shown() === opener.value) close();
    else void show(opener.value, true);
  });
  panel.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("[data-step], [data-peek-close]");
    if (!link || !plain(event)) return;
    event.preventDefault();
    if (link.hasAttribute("data-peek-close")) close();
    else if (link.dataset["id"]) void show(link.dataset["id"], false);
  });
  // While it is open it follows whoever walks through the rows.
  table.addEventListener("focusin", (event) => {
    const id = rowAt(event.target)?.dataset["id"];
    if (!panel.open || !id || id === shown() || (event.target as Element).closest(".c-check, .cell-form, .peek-open")) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void show(id, false), FOLLOW_MS);
  });

  function toggle(row: HTMLElement | null): boolean {
    const id = row?.dataset["id"] ?? "";
    if (panel.open && (!id || id === shown())) close();
    else if (id) void show(id, true);
    else return false;
    return true;
  }

  function used(event: KeyboardEvent): boolean {
    const target = event.target;
    if (shortcutOf(event) === "peek") return toggle(rowAt(target) ?? (panel.open ? null : table!.querySelector<HTMLElement>("tr.cursor, tbody tr[data-id]:not([hidden])")));
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || typing(target)) return false;
    if (event.key === " ") {
      if (target === panel) return toggle(null);
      const row = target instanceof Element && target.matches("td:not(.c-check), a") ? rowAt(target) : null;
      return row !== null && toggle(row);
    }
    if (!panel.open) return false;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && target === panel) panel.querySelector<HTMLElement>("[data-peek-open]")?.click();
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (target === panel || (target instanceof Element && target.closest(".peek-head"))))
      panel.querySelector<HTMLElement>(`[data-step="${event.key === "ArrowDown" ? "next" : "previous"}"][href]`)?.click();
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (!table.isConnected || event.defaultPrevented || event.isComposing || document.querySelector("dialog:modal")) return;
    if (used(event)) event.preventDefault();
  });

  // A field was changed here: its row in the list is drawn anew.
  panel.addEventListener("peek-saved", () => {
    const id = shown();
    const row = rowOf(id);
    if (!row) return;
    const chosen = row.getAttribute("aria-selected") === "true";
    void htmx.ajax("GET", `${panel.dataset["url"] ?? ""}${id}/row/?columns=${encodeURIComponent(panel.dataset["columns"] ?? "")}`, { target: row, swap: "outerHTML" }).then(() => {
      const fresh = rowOf(id);
      const box = fresh?.querySelector<HTMLInputElement>(".c-check input");
      if (chosen && fresh && box) {
        box.checked = true;
        fresh.setAttribute("aria-selected", "true");
      }
      fresh?.setAttribute("aria-current", "true");
    });
  });
  if (panel.open) mark(shown());
  rowOf(shown())?.scrollIntoView({ block: "nearest" });
}
