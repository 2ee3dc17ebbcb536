// Where forms keep what is typed until it is saved.
export const draftKey = (name: string): string => `tracte-draft-${name}`;

/** Forget what was saved: any page may say so with data-draft-saved="key", and does before a form looks for its draft. */
export function forgetSaved(): void {
  for (const saved of document.querySelectorAll<HTMLElement>("[data-draft-saved]")) localStorage.removeItem(draftKey(saved.dataset["draftSaved"] ?? ""));
}
