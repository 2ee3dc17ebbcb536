// A <details> menu: closes on Escape, outside click and when focus leaves; arrows move through its items.
export default function menu(element: HTMLElement): void {
  const details = element as HTMLDetailsElement;
  const summary = details.querySelector("summary");
  const items = (): HTMLElement[] =>
    [...details.querySelectorAll<HTMLElement>(".menu-list :is(a, button, input, select)")].filter((item) => item.offsetParent !== null);

  function close(focus: boolean): void {
    details.open = false;
    if (focus) summary?.focus();
  }

  details.addEventListener("keydown", (event) => {
    if (!details.open) return;
    const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === "Escape") close(true);
    else if (!inField && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const all = items();
      const at = all.indexOf(document.activeElement as HTMLElement);
      all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !details.contains(event.relatedTarget)) close(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (details.open && !details.contains(event.target as Node)) close(false);
  });
}
