// Selecting rows of a list: the head's box, Shift for a range, j/k to move, x to select; fills and shows the bulk bar.
// data-bulk="#id" names the bar. The bar holds [data-count], inputs are added by the form attribute of the boxes.
import { shortcutOf, typing } from "../lib/shortcuts";

export default function rows(table: HTMLElement): void {
  const bar = document.querySelector<HTMLElement>(table.dataset["bulk"] ?? "");
  const boxes = (): HTMLInputElement[] => [...table.querySelectorAll<HTMLInputElement>("tbody .c-check input")];
  const all = table.querySelector<HTMLInputElement>("thead .c-check input");
  let last: HTMLInputElement | null = null;
  let cursor: HTMLElement | null = null;

  function show(): void {
    const every = boxes();
    const chosen = every.filter((box) => box.checked);
    for (const box of every) {
      const row = box.closest("tr");
      if (box.checked) row?.setAttribute("aria-selected", "true");
      else row?.removeAttribute("aria-selected");
    }
    if (all) {
      all.checked = every.length > 0 && chosen.length === every.length;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
    if (!bar) return;
    bar.hidden = chosen.length === 0;
    for (const place of bar.querySelectorAll("[data-count]")) place.textContent = String(chosen.length);
    const wider = bar.querySelector<HTMLElement>("[data-wide]");
    if (wider) wider.hidden = chosen.length < every.length;
    if (chosen.length === 0) for (const box of bar.querySelectorAll<HTMLInputElement>("[data-all]")) box.value = "";
  }

  function clear(): void {
    for (const box of boxes()) box.checked = false;
    table.classList.remove("selecting");
    show();
  }

  function moveTo(row: HTMLElement | undefined): void {
    if (!row) return;
    cursor?.classList.remove("cursor");
    cursor = row;
    row.classList.add("cursor");
    row.scrollIntoView({ block: "nearest" });
    row.querySelector<HTMLElement>("a.link")?.focus({ preventScroll: true });
  }

  table.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.closest(".c-check")) return;
    if (box === all) for (const other of boxes()) other.checked = box.checked;
    else if (event.shiftKey && last) {
      const every = boxes();
      const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
      for (const other of every.slice(from, (to ?? 0) + 1)) other.checked = box.checked;
    }
    last = box === all ? null : box;
    // Whoever ticks or unticks a row after "all that match" means the rows ticked again.
    for (const input of bar?.querySelectorAll<HTMLInputElement>("[data-all]") ?? []) input.value = "";
    show();
  });
  bar?.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-clear]")) clear();
    const wide = target.closest<HTMLElement>("[data-wide]");
    if (!wide) return;
    for (const input of bar.querySelectorAll<HTMLInputElement>("[data-all]")) input.value = "1";
    for (const place of bar.querySelectorAll("[data-count]")) place.textContent = wide.dataset["wide"] ?? "";
    wide.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (!table.isConnected) return;
    const what = shortcutOf(event);
    const escape = event.key === "Escape" && !event.defaultPrevented && !typing(event.target) && !document.querySelector("dialog:modal, dialog.peek[open]");
    if (!what && !escape) return;
    const every = [...table.querySelectorAll<HTMLElement>("tbody tr:not(.group-row, [hidden])")];
    const focused = document.activeElement?.closest<HTMLElement>("tbody tr");
    if (focused && focused !== cursor && table.contains(focused)) {
      cursor?.classList.remove("cursor");
      cursor = focused;
    }
    const at = cursor ? every.indexOf(cursor) : -1;
    if (what === "next") moveTo(every[Math.min(at + 1, every.length - 1)]);
    else if (what === "previous") moveTo(every[Math.max(at - 1, 0)]);
    else if (what === "select") cursor?.querySelector<HTMLInputElement>(".c-check input")?.click();
    else if (escape && boxes().some((box) => box.checked)) clear();
    else return;
    event.preventDefault();
  });
  document.querySelector(`[data-select-rows="#${table.id}"]`)?.addEventListener("click", () => {
    table.classList.toggle("selecting");
    if (!table.classList.contains("selecting")) clear();
  });
  show();
}
