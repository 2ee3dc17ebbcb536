// data-open="#dialog" opens a native dialog, data-close closes the one around it, data-dialog="/address" fetches one.
import htmx from "./htmx";

/** Fetch a dialog and show it; one that was fetched before gives way. Over a form being filled in it says so: ?stay=1. */
export function openDialog(address: string): void {
  for (const open of document.querySelectorAll<HTMLDialogElement>("#dialogs dialog[data-show]")) open.close();
  const values = document.querySelector("form[data-main]") ? { stay: "1" } : {};
  void htmx.ajax("GET", address, { target: "#dialogs", swap: "beforeend", values });
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const fetched = target.closest<HTMLElement>("[data-dialog]");
  if (fetched && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    const menu = fetched.closest("details");
    if (menu) menu.open = false;
    openDialog(fetched.dataset["dialog"] ?? "");
    return;
  }
  const opener = target.closest<HTMLElement>("[data-open]");
  if (opener) document.querySelector<HTMLDialogElement>(opener.dataset["open"] ?? "")?.showModal();
  if (target.closest("[data-close]")) target.closest("dialog")?.close();
  const dismisser = target.closest("[data-dismiss]");
  if (dismisser) dismisser.closest(".toast-msg, .note-box, .banner")?.remove();
});
