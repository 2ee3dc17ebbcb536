// Keyboard for the whole page. The single keys are declared in web/shortcuts.py; Ctrl/Cmd K and Ctrl/Cmd Enter always work.
import { openPalette } from "./palette";
import { letterOf, shortcutOf, typing } from "./shortcuts";

const WAIT_MS = 1500;
let waitingFor: "go" | "create" | null = null;
let timer = 0;

function wait(what: "go" | "create"): void {
  waitingFor = what;
  clearTimeout(timer);
  timer = window.setTimeout(() => (waitingFor = null), WAIT_MS);
}

function press(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.click();
  return element !== null;
}

function second(key: string): boolean {
  const attribute = waitingFor === "go" ? "data-go" : "data-create";
  waitingFor = null;
  const menu = document.querySelector<HTMLDetailsElement>("#create-menu");
  const found = /^[a-z]$/.test(key) && press(`[${attribute}="${key}"]`);
  if (found && menu) menu.open = false;
  return found;
}

function openCreate(): boolean {
  const menu = document.querySelector<HTMLDetailsElement>("#create-menu");
  if (!menu) return false;
  menu.open = true;
  menu.querySelector<HTMLElement>(".menu-item")?.focus();
  wait("create");
  return true;
}

function first(what: string): boolean {
  switch (what) {
    case "search":
      openPalette();
      return true;
    case "help":
      document.querySelector<HTMLDialogElement>("#help")?.showModal();
      return true;
    case "undo":
      return press("#toasts .toast-msg:last-child [data-undo]") || press("#toasts [data-undo]");
    case "next":
    case "previous":
      return press(`[data-step="${what}"][href]`); // of a record that was opened from a list, or the panel beside one
    case "go":
      wait("go");
      return true;
    case "create":
      return openCreate();
    default:
      return false;
  }
}

function saveFormOf(target: EventTarget | null): boolean {
  const around = target instanceof Element ? target.closest("form") : null;
  const form = around ?? document.querySelector<HTMLFormElement>("form[data-main]");
  if (!form) return false;
  form.requestSubmit(form.querySelector<HTMLButtonElement>("button[data-first]"));
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const chord = (event.ctrlKey || event.metaKey) && !event.altKey;
  let used = false;
  if (chord && letterOf(event).toLowerCase() === "k") {
    openPalette();
    used = true;
  } else if (chord && event.key === "Enter") used = saveFormOf(event.target);
  else if (waitingFor && !chord && !event.altKey && !typing(event.target)) used = second(letterOf(event).toLowerCase());
  else used = first(shortcutOf(event));
  if (used) event.preventDefault();
});
