// The dialog that creates from anywhere: "More fields" carries what was typed into the whole form.
import type { HtmxDetail } from "../lib/htmx";

export default function quick(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  form.querySelector<HTMLElement>("[data-more]")?.addEventListener("click", (event) => {
    const flag = document.createElement("input");
    flag.type = "hidden";
    flag.name = "_more";
    flag.value = "1";
    form.append(flag);
    form.action = (event.currentTarget as HTMLElement).dataset["more"] ?? form.action;
    form.dispatchEvent(new CustomEvent("gone")); // the whole form keeps the draft from here on
    form.submit(); // not requestSubmit: this is a page, not a fragment
  });
  form.addEventListener("htmx:after:request", (event) => {
    const status = (event as CustomEvent<HtmxDetail>).detail.ctx?.response?.status ?? 0;
    if (event.target === form && status >= 200 && status < 300) form.closest("dialog")?.close();
  });
}
