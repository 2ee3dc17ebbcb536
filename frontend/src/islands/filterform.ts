// The filter builder: a field or a comparison that is chosen draws the form anew ([data-again], the element to stand on
// then), any other value asks only how many there are. Cancel closes the dialog; on a page of its own it is a link.
// A form that scrolls inside itself stays where it was when it is drawn anew.
const places = new Map<string, number>();

export default function filterform(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const count = form.querySelector<HTMLElement>(".filter-count");

  const scroller = form.querySelector<HTMLElement>(".form-scroll");
  if (scroller) {
    scroller.scrollTop = places.get(form.id) ?? 0;
    places.delete(form.id);
    form.addEventListener("submit", () => places.set(form.id, scroller.scrollTop));
  }

  const wrong = form.querySelector<HTMLElement>("[aria-invalid=true]");
  (wrong?.matches("input, select") ? wrong : wrong?.querySelector<HTMLElement>("input, select"))?.focus();

  form.addEventListener("change", (event) => {
    // What is typed to search with is no value; the browser tells of it once more when the box leaves the page.
    if ((event.target as Element).matches("[role=combobox]")) return;
    const again = (event.target as Element).closest<HTMLElement>("[data-again]");
    const step = form.querySelector<HTMLButtonElement>("button[data-step]");
    if (!again || !step) {
      count?.dispatchEvent(new CustomEvent("count"));
      return;
    }
    const focus = form.elements.namedItem("focus");
    if (focus instanceof HTMLInputElement) focus.value = again.dataset["again"] ?? "";
    form.requestSubmit(step);
  });
  form.addEventListener("click", (event) => {
    const dialog = form.closest("dialog");
    if (!dialog || !(event.target as Element).closest("[data-leave]")) return;
    event.preventDefault();
    dialog.close();
  });
}
