// A native dialog: closes on a click outside, unless it holds a form with data-firm; with data-show it opens as soon as it is in the page and leaves when closed.
export default function dialog(element: HTMLElement): void {
  const box = element as HTMLDialogElement;
  box.addEventListener("click", (event) => {
    if (event.target === box && !box.querySelector("form[data-firm]")) box.close();
  });
  if (!("show" in box.dataset)) return;
  box.showModal();
  const fields = ":is(input:not([type=hidden]), select, textarea)";
  const first = [`${fields}[aria-invalid=true]`, "[autofocus]", fields].map((one) => box.querySelector<HTMLElement>(`.dialog-body ${one}`));
  first.find((one) => one !== null)?.focus();
  box.addEventListener("close", () => box.remove());
}
