// The parts of a record on a phone: Timeline, Details, Related. <div data-island="parts" data-of="#record-body"> with buttons [data-show].
export default function parts(element: HTMLElement): void {
  const body = document.querySelector<HTMLElement>(element.dataset["of"] ?? "");
  element.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-show]");
    if (!button || !body) return;
    body.dataset["part"] = button.dataset["show"] ?? "timeline";
    for (const other of element.querySelectorAll("[data-show]")) other.setAttribute("aria-pressed", String(other === button));
  });
}
