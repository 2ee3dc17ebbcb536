// Says something in the corner. Words come from the page, so they are in the reader's language.
import { word } from "./words";

const STAY_MS = 6000;

export function dismiss(message: HTMLElement): void {
  message.classList.add("gone");
  message.addEventListener("transitionend", () => message.remove(), { once: true });
  setTimeout(() => message.remove(), 600);
}

export function leaveSoon(message: HTMLElement): void {
  let timer = setTimeout(() => dismiss(message), STAY_MS);
  message.addEventListener("pointerenter", () => clearTimeout(timer));
  message.addEventListener("pointerleave", () => (timer = setTimeout(() => dismiss(message), STAY_MS)));
}

export function say(text: string, tone: "good" | "bad" = "good"): void {
  const corner = document.querySelector("#toasts");
  if (!corner || !text) return;
  const message = document.createElement("div");
  message.className = "toast-msg";
  message.setAttribute("role", tone === "bad" ? "alert" : "status");
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-ghost btn-sm";
  close.textContent = word("dismiss");
  close.addEventListener("click", () => dismiss(message));
  message.append(words, close);
  corner.append(message);
  if (tone === "good") leaveSoon(message);
}
