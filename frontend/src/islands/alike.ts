// Asks who is already there while a form is filled in: htmx listens for "look" on this element and puts the answer in it.
const REST_MS = 350;

export default function alike(box: HTMLElement): void {
  const form = box.closest("form");
  let timer = 0;
  form?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => box.dispatchEvent(new CustomEvent("look")), REST_MS);
  });
  form?.addEventListener("submit", () => clearTimeout(timer));
}
