// The search field of the top bar opens the palette; without script it is an ordinary search form.
import { openPalette } from "../lib/palette";

export default function search(form: HTMLElement): void {
  const input = form.querySelector("input");
  if (!input) return;
  form.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    openPalette(input.value);
  });
  input.addEventListener("input", () => {
    openPalette(input.value);
    input.value = "";
  });
}
