// The command palette: arrows move, Enter opens, Cmd/Ctrl Enter opens beside. Enter before the answer waits for it.
// An option may name a dialog (data-dialog) or write at once (data-post="version"); else it is a link.
import { openDialog } from "../lib/openers";
import { csrf } from "../lib/words";

export default function palette(element: HTMLElement): void {
  const dialog = element as HTMLDialogElement;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector<HTMLElement>(".palette-list");
  if (!input || !list) return;
  let hurried: { beside: boolean } | null = null;

  const options = (): HTMLAnchorElement[] => [...list.querySelectorAll<HTMLAnchorElement>("a[role=option]")];
  const answered = (): string | undefined => list.querySelector<HTMLElement>("[data-answers]")?.dataset.answers;
  const current = (): HTMLAnchorElement | null => list.querySelector("a[aria-selected=true]");

  function choose(option: HTMLAnchorElement | undefined): void {
    current()?.setAttribute("aria-selected", "false");
    input?.removeAttribute("aria-activedescendant");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    input?.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function move(to: (at: number, last: number) => number): void {
    const all = options();
    const now = current();
    const at = to(now ? all.indexOf(now) : -1, all.length - 1);
    choose(all[at < 0 ? all.length - 1 : at >= all.length ? 0 : at]);
  }

  function write(address: string, version: string): void {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    for (const [name, value] of [["csrfmiddlewaretoken", csrf()], ["version", version]] as const) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }

  function run(option: HTMLAnchorElement, beside: boolean): void {
    const { dialog: fragment, post } = option.dataset;
    if (post !== undefined) write(option.href, post);
    else if (beside) window.open(option.href, "_blank", "noopener");
    else if (fragment) {
      dialog.close();
      openDialog(fragment);
    } else location.assign(option.href);
  }

  function enter(beside: boolean): void {
    const option = current() ?? options()[0];
    if (answered() !== input?.value) hurried = { beside };
    else if (option) run(option, beside);
  }

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move((at) => at + 1);
    else if (event.key === "ArrowUp") move((at) => at - 1);
    else if (event.key === "PageDown") move((at, last) => Math.min(at + 6, last));
    else if (event.key === "PageUp") move((at) => Math.max(at - 6, 0));
    else if (event.key === "Enter") enter(event.metaKey || event.ctrlKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("input", () => (hurried = null));
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLAnchorElement>("a[role=option]");
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    run(option, false);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => (hurried = null));

  function settled(): void {
    choose(options()[0]);
    if (answered() !== input?.value) return;
    if (hurried && dialog.open && options()[0]) enter(hurried.beside);
    hurried = null;
  }
  // Not by watching the children: htmx sets their attributes once more when it settles.
  list.addEventListener("htmx:after:settle", settled);
  if (answered() !== undefined) settled(); // the palette was opened before this script was there
}
