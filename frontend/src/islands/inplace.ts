// One field edited in place: focus goes into it, Enter saves, Escape puts it back as it was.
export default function inplace(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const first = form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea");
  first?.focus();
  if (first instanceof HTMLInputElement && first.type === "text") first.select();
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    form.querySelector<HTMLElement>("[data-cancel]")?.click();
  });
}
