// What single keys do, as the page says (data-keys on the body, declared in web/shortcuts.py); nothing when switched off.
const known: Record<string, string> = JSON.parse(document.body.dataset["keys"] || "{}") as Record<string, string>;

/** The letter typed, also on a keyboard that writes another alphabet. */
export function letterOf(event: KeyboardEvent): string {
  if (event.key.length !== 1 || /^[\x20-\x7e]$/.test(event.key)) return event.key;
  return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

/** What the key does: "go", "next" …; nothing for other keys, with a modifier, while typing or under a dialog. */
export function shortcutOf(event: KeyboardEvent): string {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return "";
  if (typing(event.target) || document.querySelector("dialog:modal")) return "";
  return known[letterOf(event)] ?? "";
}

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}
