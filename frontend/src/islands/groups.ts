// Groups of a list fold by a button in their head, or with a double click on it; the page remembers which while it is open.
export default function groups(table: HTMLElement): void {
  const key = `groups ${location.pathname}${location.search}`;
  const kept = new Set<string>(JSON.parse(sessionStorage.getItem(key) ?? "[]") as string[]);
  const words = table.dataset["fold"] ?? "";

  function fold(head: HTMLElement, button: HTMLButtonElement, shut: boolean): void {
    button.setAttribute("aria-expanded", String(!shut));
    for (let row = head.nextElementSibling; row && !row.classList.contains("group-row"); row = row.nextElementSibling) (row as HTMLElement).hidden = shut;
  }

  for (const head of table.querySelectorAll<HTMLElement>("tr.group-row")) {
    const name = head.querySelector<HTMLElement>(".toggle-group");
    if (!name) continue;
    const title = name.firstChild?.textContent?.trim() || (name.textContent ?? "").trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-ghost btn-sm btn-square fold-group";
    button.setAttribute("aria-label", `${words}: ${title}`);
    const mark = document.createElement("span");
    mark.className = "chev";
    mark.setAttribute("aria-hidden", "true");
    button.append(mark);
    name.prepend(button);
    fold(head, button, kept.has(title));
    const toggle = (): void => {
      const shut = button.getAttribute("aria-expanded") === "true";
      fold(head, button, shut);
      if (shut) kept.add(title);
      else kept.delete(title);
      sessionStorage.setItem(key, JSON.stringify([...kept]));
    };
    button.addEventListener("click", toggle);
    head.addEventListener("dblclick", (event) => {
      if (!(event.target as Element).closest("a, button")) toggle();
    });
  }
}
