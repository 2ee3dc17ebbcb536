// Opening the palette, with what somebody already typed.
import htmx from "./htmx";

export function openPalette(words = ""): void {
  const palette = document.querySelector<HTMLDialogElement>("#palette");
  const input = palette?.querySelector<HTMLInputElement>("input");
  if (!palette || !input || palette.open) return;
  palette.showModal();
  if (words) input.value = words;
  input.focus();
  input.select();
  htmx.process(input); // the key may come before htmx has gone through the page
  input.dispatchEvent(new CustomEvent("fill"));
}
