// Keyboard for the whole page: / search, c new, g+letter go, ? help, z undo, Ctrl/Cmd K palette, Ctrl/Cmd Enter save.
import { openPalette } from "./palette";

let waitingFor: "go" | "create" | null = null;
let timer = 0;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

function wait(what: "go" | "create"): void {
  waitingFor = what;
  clearTimeout(timer);
  timer = window.setTimeout(() => (waitingFor = null), 1500);
}

function press(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.click();
  return element !== null;
}

function second(key: string): boolean {
  const attribute = waitingFor === "go" ? "data-go" : "data-create";
  waitingFor = null;
  return /^[a-z]$/.test(key) && press(`[${attribute}="${key}"]`);
}

function first(key: string): boolean {
  switch (key) {
    case "/":
      openPalette();
      return true;
    case "?":
      document.querySelector<HTMLDialogElement>("#help")?.showModal();
      return true;
    case "z":
      return press("#toasts [data-undo]");
    case "g":
      wait("go");
      return true;
    case "c": {
      const menu = document.querySelector<HTMLDetailsElement>("#create-menu");
      if (!menu) return false;
      menu.open = true;
      menu.querySelector<HTMLElement>(".menu-item")?.focus();
      wait("create");
      return true;
    }
    default:
      return false;
  }
}

function saveFormOf(target: EventTarget | null): boolean {
  const form = target instanceof Element ? (target.closest("form") ?? document.querySelector<HTMLFormElement>("form[data-main]")) : null;
  if (!form) return false;
  form.requestSubmit();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const chord = event.ctrlKey || event.metaKey;
  if (chord && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (chord && event.key === "Enter") {
    if (saveFormOf(event.target)) event.preventDefault();
    return;
  }
  if (chord || event.altKey || typing(event.target) || document.querySelector("dialog:modal")) return;
  const used = waitingFor ? second(event.key) : first(event.key);
  if (used) event.preventDefault();
});
