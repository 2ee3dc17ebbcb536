// data-open="#dialog" opens a native dialog, data-close closes the one around it.
document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const opener = target.closest<HTMLElement>("[data-open]");
  if (opener) document.querySelector<HTMLDialogElement>(opener.dataset["open"] ?? "")?.showModal();
  if (target.closest("[data-close]")) target.closest("dialog")?.close();
  const dismisser = target.closest("[data-dismiss]");
  if (dismisser) dismisser.closest(".toast-msg, .note-box, .banner")?.remove();
});
