// The command palette: arrows move, Enter opens, Cmd/Ctrl Enter opens beside.
export default function palette(element: HTMLElement): void {
  const dialog = element as HTMLDialogElement;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector<HTMLElement>(".palette-list");
  if (!input || !list) return;

  const options = (): HTMLAnchorElement[] => [...list.querySelectorAll<HTMLAnchorElement>("a[role=option]")];
  const current = (): HTMLAnchorElement | null => list.querySelector("a[aria-selected=true]");

  function choose(option: HTMLAnchorElement | undefined): void {
    current()?.setAttribute("aria-selected", "false");
    input?.removeAttribute("aria-activedescendant");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    input?.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function move(by: number): void {
    const all = options();
    const now = current();
    const at = now ? all.indexOf(now) : -1;
    choose(all[(at + by + all.length) % all.length]);
  }

  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && options()[0]) {
      const url = (current() ?? options()[0])?.href ?? "";
      if (event.metaKey || event.ctrlKey) window.open(url, "_blank", "noopener");
      else location.assign(url);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  // Not by watching the children: htmx sets their attributes once more when it settles.
  list.addEventListener("htmx:after:settle", () => choose(options()[0]));
}
