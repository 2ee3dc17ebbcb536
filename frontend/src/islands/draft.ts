// Keeps what somebody types until it is saved. With data-draft-url the server keeps it, for that person on any device,
// and the browser holds only what the server has not confirmed; without it (a note being written) the browser keeps it.
// <form data-island="draft" data-draft-key="0abc-new-contact" data-draft-url="/…">: [data-draft-state] says that it is kept,
// [data-draft-offer] offers what was typed before; data-draft-typed: the page came back with what was just typed.
import { draftKey } from "../lib/drafts";
import { openDialog } from "../lib/openers";
import { csrf } from "../lib/words";

const REST_MS = 1200;

function fill(form: HTMLFormElement, kept: URLSearchParams): void {
  for (const [name, value] of kept) {
    const field = form.elements.namedItem(name);
    if ((field instanceof HTMLInputElement && /^(text|search|email|tel|url|number|date)$/.test(field.type) && !field.value) ||
      (field instanceof HTMLTextAreaElement && !field.value)) field.value = value;
  }
}

export default function draft(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const key = draftKey(form.dataset["draftKey"] ?? location.pathname);
  const url = form.dataset["draftUrl"];
  const state = form.querySelector<HTMLElement>("[data-draft-state]");
  const offer = form.querySelector<HTMLElement>("[data-draft-offer]");
  let timer = 0;
  let changed = false;
  let changes = 0;
  let sending: AbortController | null = null;

  function values(): URLSearchParams {
    const kept = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken" && !name.startsWith("_")) kept.append(name, value);
    }
    return kept;
  }

  function tell(where: "kept" | "here"): void {
    if (!state) return;
    if (state.dataset[where]) state.textContent = state.dataset[where] ?? "";
    state.hidden = false;
  }

  async function send(kept: string): Promise<void> {
    sending?.abort();
    sending = new AbortController();
    const headers = { "X-CSRFToken": csrf(), "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true" };
    const answer = await fetch(url ?? "", { method: "POST", headers, body: kept, keepalive: kept.length < 60_000, signal: sending.signal });
    if (!answer.ok) return tell("here");
    if (localStorage.getItem(key) === kept) localStorage.removeItem(key);
    if (offer && changes) offer.hidden = true; // what is typed now has taken its place
    tell("kept");
  }

  function keep(): void {
    clearTimeout(timer);
    changed = false;
    const kept = values().toString();
    localStorage.setItem(key, kept);
    if (url) send(kept).catch(() => tell("here"));
    else tell("here");
  }

  function letGo(): void {
    clearTimeout(timer);
    changed = false;
    sending?.abort();
    localStorage.removeItem(key);
  }

  form.addEventListener("input", () => {
    changed = true;
    changes += 1;
    clearTimeout(timer);
    timer = window.setTimeout(keep, REST_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    changed = false;
    sending?.abort();
    localStorage.setItem(key, values().toString());
  });
  addEventListener("pagehide", () => {
    if (changed && form.isConnected) keep();
  });
  form.closest("dialog")?.addEventListener("close", () => {
    if (changed) keep();
  });
  form.querySelector<HTMLElement>("[data-draft-discard]")?.addEventListener("click", (event) => {
    letGo();
    if (!url || form.closest("dialog") === null) return; // on a page the button is a form of its own
    const again = (event.currentTarget as HTMLElement).dataset["again"];
    const body = new URLSearchParams({ _discard: "1" });
    void fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf() }, body }).then(() => {
      if (again) openDialog(again);
      else if (offer) offer.hidden = true;
    });
  });
  form.addEventListener("htmx:after:request", (event) => {
    const detail = (event as CustomEvent<{ ctx?: { response?: { status?: number }; sourceElement?: Element } }>).detail;
    const status = detail.ctx?.response?.status ?? 0;
    if (event.target !== form || status < 200 || status > 299) return;
    letGo();
    if (state) state.hidden = true;
  });

  form.addEventListener("gone", letGo);

  const left = localStorage.getItem(key);
  if (url && "draftTyped" in form.dataset) keep();
  else if (left === null) return;
  else if (!url) {
    fill(form, new URLSearchParams(left));
    tell("here");
  } else {
    // The server never heard of this one: the connection or the session had ended.
    send(left).catch(() => undefined);
    if (offer) offer.hidden = false;
    if (state) state.hidden = true;
  }
}
