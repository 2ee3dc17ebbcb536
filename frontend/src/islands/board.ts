// Moving cards between columns, by hand or by keyboard.
// <div class="board" data-island="board"> · column [data-stage] with .board-list · card [data-move="/opportunities/ID/move"].
// A move POSTs stage, before (id of the card below, or empty) and version. 2xx: the answer is swapped in (out-of-band parts).
// 409 and 422: the answer is a dialog (what changed meanwhile, or what the stage asks for) and the card goes back.
// Keyboard: arrows go from card to card; Enter or Space picks one up, arrows move it, Enter drops it, Escape puts it back.
// What happens is said in #board-said, in the sentences of data-said-*. On a phone .board-tabs names the column in sight.
import Sortable from "sortablejs";
import htmx, { type HtmxDetail } from "../lib/htmx";

interface Place {
  list: Element;
  next: Element | null;
}

const placeOf = (card: Element): Place => ({ list: card.parentElement as Element, next: card.nextElementSibling });

export default function board(element: HTMLElement): void {
  let picked: { card: HTMLElement; from: Place } | null = null;

  const said = document.querySelector<HTMLElement>("#board-said");

  function say(sentence: "picked" | "over" | "dropped" | "back", card: HTMLElement): void {
    if (!said) return;
    const list = card.parentElement as HTMLElement;
    const cards = [...list.querySelectorAll(":scope > .deal-card")];
    const words: Record<string, string> = {
      card: card.getAttribute("aria-label") ?? "",
      column: card.closest<HTMLElement>("[data-stage]")?.dataset["name"] ?? "",
      place: String(cards.indexOf(card) + 1),
      count: String(cards.length),
    };
    said.textContent = (element.getAttribute(`data-said-${sentence}`) ?? "").replace(/%(\w+)/g, (whole, name: string) => words[name] ?? whole);
  }

  function putBack(card: Element, place: Place): void {
    place.list.insertBefore(card, place.next?.isConnected && place.next.parentElement === place.list ? place.next : null);
  }

  async function send(card: HTMLElement, from: Place): Promise<void> {
    const now = placeOf(card);
    if (now.list === from.list && now.next === from.next) return;
    const column = card.closest<HTMLElement>("[data-stage]");
    const before = (card.nextElementSibling as HTMLElement | null)?.dataset["id"] ?? "";
    let status = 0;
    const note = (event: Event): void => {
      status = (event as CustomEvent<HtmxDetail>).detail.ctx?.response?.status ?? 0;
    };
    card.classList.add("sending");
    card.addEventListener("htmx:after:request", note);
    try {
      await htmx.ajax("POST", card.dataset["move"] ?? "", {
        source: card,
        target: "#dialogs",
        swap: "innerHTML",
        values: { stage: column?.dataset["stage"] ?? "", before, version: card.dataset["version"] ?? "" },
      });
    } finally {
      card.removeEventListener("htmx:after:request", note);
      card.classList.remove("sending");
      if (status < 200 || status > 299) putBack(card, from);
    }
  }

  for (const list of element.querySelectorAll<HTMLElement>(".board-list")) {
    let from: Place | null = null;
    Sortable.create(list, {
      group: "board",
      draggable: ".deal-card[data-move]",
      ghostClass: "ghost",
      fallbackClass: "fallback",
      forceFallback: true,
      fallbackOnBody: true,
      fallbackTolerance: 4,
      delay: 160,
      delayOnTouchOnly: true,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
      onStart: (event) => {
        from = placeOf(event.item);
        element.classList.add("dragging");
      },
      onMove: (event) => {
        for (const column of element.querySelectorAll(".target")) column.classList.remove("target");
        event.to.closest(".board-col")?.classList.add("target");
      },
      onEnd: (event) => {
        element.classList.remove("dragging");
        for (const column of element.querySelectorAll(".target")) column.classList.remove("target");
        if (from) void send(event.item, from);
      },
    });
  }

  function step(card: HTMLElement, key: string): void {
    const lists = [...element.querySelectorAll<HTMLElement>(".board-list")];
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const sideways = key === "ArrowLeft" || key === "ArrowRight";
    if (sideways) {
      const to = lists[lists.indexOf(card.parentElement as HTMLElement) + (key === forward ? 1 : -1)];
      to?.prepend(card);
    } else if (key === "ArrowUp") card.previousElementSibling?.before(card);
    else card.nextElementSibling?.after(card);
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    card.focus();
    say("over", card);
  }

  // Without a card in hand the arrows go to the next card, or to the one beside it in the next column that has any.
  function go(card: HTMLElement, key: string): void {
    const cards = (list: Element): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(":scope > .deal-card[tabindex]")];
    const lists = [...element.querySelectorAll<HTMLElement>(".board-list")];
    const here = cards(card.parentElement as Element);
    const at = here.indexOf(card);
    let to: HTMLElement | undefined;
    if (key === "ArrowUp" || key === "ArrowDown") to = here[at + (key === "ArrowUp" ? -1 : 1)];
    else {
      const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
      const step = key === forward ? 1 : -1;
      for (let n = lists.indexOf(card.parentElement as HTMLElement) + step; lists[n] && !to; n += step) {
        const there = cards(lists[n] as Element);
        to = there[Math.min(at, there.length - 1)];
      }
    }
    to?.focus();
    to?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function drop(back: boolean): void {
    if (!picked) return;
    const { card, from } = picked;
    picked = null;
    card.classList.remove("picked");
    if (back) putBack(card, from);
    else void send(card, from);
    say(back ? "back" : "dropped", card);
    card.focus();
  }

  element.addEventListener("keydown", (event) => {
    const card = event.target;
    if (!(card instanceof HTMLElement) || !card.matches(".deal-card[data-move]")) return;
    if (picked && event.key.startsWith("Arrow")) step(picked.card, event.key);
    else if (picked && event.key === "Escape") drop(true);
    else if (picked && (event.key === "Enter" || event.key === " ")) drop(false);
    else if (event.key === " " || event.key === "Enter") {
      picked = { card, from: placeOf(card) };
      card.classList.add("picked");
      say("picked", card);
    } else if (event.key.startsWith("Arrow")) go(card, event.key);
    else return;
    event.preventDefault();
  });
  element.addEventListener("focusout", (event) => {
    const staying = event.relatedTarget === picked?.card || event.relatedTarget === null;
    if (picked && event.target === picked.card && !staying) drop(true);
  });

  const tabs = new Map([...document.querySelectorAll<HTMLElement>(".board-tabs [data-column]")].map((tab) => [tab.dataset["column"] ?? "", tab]));
  const inSight = new IntersectionObserver(
    (seen) => {
      for (const one of seen) {
        const tab = tabs.get(one.target.id);
        if (!one.isIntersecting || !tab) continue;
        for (const other of tabs.values()) other.removeAttribute("aria-current");
        tab.setAttribute("aria-current", "true");
        const strip = tab.parentElement;
        if (strip) strip.scrollLeft += tab.getBoundingClientRect().left + tab.offsetWidth / 2 - strip.getBoundingClientRect().left - strip.clientWidth / 2;
      }
    },
    { root: element, threshold: 0.6 },
  );
  for (const column of element.querySelectorAll(".board-col")) inSight.observe(column);
  for (const [id, tab] of tabs)
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById(id)?.scrollIntoView({ inline: "center", block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    });
}
