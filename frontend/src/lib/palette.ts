// Opening the palette, with what somebody already typed.
export function openPalette(words = ""): void {
  const palette = document.querySelector<HTMLDialogElement>("#palette");
  const input = palette?.querySelector<HTMLInputElement>("input");
  if (!palette || !input || palette.open) return;
  palette.showModal();
  if (words) input.value = words;
  input.focus();
  input.select();
  input.dispatchEvent(new CustomEvent("fill"));
}
