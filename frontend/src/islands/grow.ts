// A text area as tall as its text, where the browser does not do it by itself (field-sizing).
export default function grow(element: HTMLElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = (): void => {
    element.style.blockSize = "auto";
    element.style.blockSize = `${element.scrollHeight + 2}px`;
  };
  element.addEventListener("input", fit);
  fit();
}
