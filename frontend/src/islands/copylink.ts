// A link to this page that a click copies instead of following: <a data-island="copylink" data-done="Link copied">.
import { say } from "../lib/toast";
import { word } from "../lib/words";

export default function copylink(element: HTMLElement): void {
  const link = element as HTMLAnchorElement;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !navigator.clipboard) return;
    event.preventDefault();
    const menu = link.closest("details");
    if (menu) menu.open = false;
    navigator.clipboard.writeText(link.href).then(
      () => say(link.dataset["done"] ?? ""),
      () => say(word("broken"), "bad"),
    );
  });
}
