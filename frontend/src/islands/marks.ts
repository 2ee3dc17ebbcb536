// A small toolbar for a plain text area: puts **…**, "- " or a link mark around what is selected.
// <span data-island="marks" data-of="#text"> with buttons [data-mark="bold|list|link"].
export default function marks(bar: HTMLElement): void {
  const area = document.querySelector<HTMLTextAreaElement>(bar.dataset["of"] ?? "");
  if (!area) return;

  function put(text: string, from: number, to: number, selectFrom: number, selectTo: number): void {
    area?.focus();
    area?.setRangeText(text, from, to, "end");
    area?.setSelectionRange(selectFrom, selectTo);
    area?.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function bold(from: number, to: number, chosen: string): void {
    put(`**${chosen}**`, from, to, from + 2, from + 2 + chosen.length);
  }

  function list(from: number, to: number, text: string): void {
    const start = text.lastIndexOf("\n", from - 1) + 1;
    const lines = text.slice(start, to).split("\n").map((line) => (line.startsWith("- ") ? line : `- ${line}`)).join("\n");
    put(lines, start, to, start + lines.length, start + lines.length);
  }

  function link(from: number, to: number, chosen: string): void {
    const words = chosen || "…";
    put(`[${words}](https://)`, from, to, from + words.length + 11, from + words.length + 11);
  }

  bar.addEventListener("click", (event) => {
    const mark = (event.target as Element).closest<HTMLElement>("[data-mark]")?.dataset["mark"];
    const { selectionStart: from, selectionEnd: to, value } = area;
    const chosen = value.slice(from, to);
    if (mark === "bold") bold(from, to, chosen);
    else if (mark === "list") list(from, to, value);
    else if (mark === "link") link(from, to, chosen);
  });
}
