// Keeps what somebody types: in this browser at once, on the server when it rests (data-draft-url), until it is saved.
// <form data-island="draft" data-draft-key="note-0abc" data-draft-url="/…">, [data-draft-state] says it is kept.
import { draftKey } from "../lib/drafts";
import { csrf } from "../lib/words";

const REST_MS = 1500;

export default function draft(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const key = draftKey(form.dataset["draftKey"] ?? location.pathname);
  const url = form.dataset["draftUrl"];
  const state = form.querySelector<HTMLElement>("[data-draft-state]");
  let timer = 0;

  function values(): Record<string, string> {
    const kept: Record<string, string> = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value && name !== "csrfmiddlewaretoken" && !name.startsWith("_")) kept[name] = value;
    }
    return kept;
  }

  function restore(): void {
    const kept = localStorage.getItem(key);
    if (!kept) return;
    for (const [name, value] of Object.entries(JSON.parse(kept) as Record<string, string>)) {
      const field = form.elements.namedItem(name);
      if ((field instanceof HTMLInputElement && /^(text|search|email|tel|url|number|date)$/.test(field.type) && !field.value) ||
        (field instanceof HTMLTextAreaElement && !field.value)) field.value = value;
    }
    if (state) state.hidden = false;
  }

  function keep(): void {
    const kept = JSON.stringify(values());
    localStorage.setItem(key, kept);
    if (state) state.hidden = false;
    if (url) void fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf(), "Content-Type": "application/json" }, body: kept, keepalive: true });
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(keep, REST_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    localStorage.setItem(key, JSON.stringify(values()));
  });
  restore();
  form.addEventListener("htmx:after:request", (event) => {
    const status = (event as CustomEvent<{ ctx?: { response?: { status?: number } } }>).detail.ctx?.response?.status ?? 0;
    if (status < 200 || status > 299) return;
    localStorage.removeItem(key);
    if (state) state.hidden = true;
  });
}
