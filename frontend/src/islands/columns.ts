// Choosing columns: the boxes are put in order by dragging, by the two buttons of each, or by Alt and an arrow on a box.
// <div data-island="columns" data-up="Move up" data-down="Move down"> holds labels .tick; the form sends them in their order.
export default function columns(list: HTMLElement): void {
  let dragged: HTMLElement | null = null;
  const entries = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(":scope > .column-entry")];

  function move(entry: HTMLElement, step: number): void {
    const every = entries();
    const to = every.indexOf(entry) + step;
    const other = every[to];
    if (!other) return;
    if (step < 0) other.before(entry);
    else other.after(entry);
    entry.scrollIntoView({ block: "nearest" });
  }

  function button(entry: HTMLElement, name: string, words: string, step: number): HTMLButtonElement {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-ghost btn-sm btn-square";
    made.textContent = name;
    made.setAttribute("aria-label", `${words}: ${entry.querySelector(".tick")?.textContent?.trim() ?? ""}`);
    made.title = words;
    made.addEventListener("click", () => {
      move(entry, step);
      made.focus();
    });
    return made;
  }

  for (const label of [...list.querySelectorAll<HTMLElement>(":scope > .tick")]) {
    const entry = document.createElement("div");
    entry.className = "column-entry";
    label.before(entry);
    const grip = document.createElement("span");
    grip.className = "grip";
    grip.setAttribute("aria-hidden", "true");
    grip.textContent = "⠿";
    entry.append(grip, label);
    entry.append(button(entry, "↑", list.dataset["up"] ?? "", -1), button(entry, "↓", list.dataset["down"] ?? "", 1));
  }
  // By pointer events, so that a finger drags as well as a mouse.
  list.addEventListener("pointerdown", (event) => {
    const grip = (event.target as Element).closest<HTMLElement>(".grip");
    dragged = grip?.closest<HTMLElement>(".column-entry") ?? null;
    if (!dragged || !grip) return;
    event.preventDefault();
    list.setPointerCapture(event.pointerId);
    dragged.classList.add("dragged");
  });
  list.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const over = entries().find((entry) => {
      const box = entry.getBoundingClientRect();
      return event.clientY >= box.top && event.clientY < box.bottom;
    });
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(dragged);
    else over.after(dragged);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    list.addEventListener(end, () => {
      dragged?.classList.remove("dragged");
      dragged = null;
    });
  }
  list.addEventListener("keydown", (event) => {
    const entry = (event.target as Element).closest<HTMLElement>(".column-entry");
    if (!entry || !event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    event.stopPropagation();
    move(entry, event.key === "ArrowUp" ? -1 : 1);
    (event.target as HTMLElement).focus();
  });
}
