// Where the tabs do not fit, the current one is brought into sight.
export default function tabs(element: HTMLElement): void {
  const current = element.querySelector<HTMLElement>('[aria-current="page"], [aria-current="true"]');
  if (!current || element.scrollWidth <= element.clientWidth) return;
  const [box, tab] = [element.getBoundingClientRect(), current.getBoundingClientRect()];
  element.scrollLeft += tab.left + tab.width / 2 - (box.left + box.width / 2);
}
