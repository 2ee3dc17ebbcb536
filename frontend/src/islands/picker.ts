// Choosing a record by typing. Grows out of <span class="combo" data-island="picker" data-url="/pick/account">
// <input name="account" …></span>: the plain input carries the id without script, a hidden one does with it.
// data-title is the name of the record chosen now, data-id its id (when the plain input shows the name); data-none says that nothing was found; data-clear names the × button.
interface Pick {
  id: string;
  title: string;
  sub?: string;
  group?: string;
}

const REST_MS = 120;

export default function picker(box: HTMLElement): void {
  const given = box.querySelector<HTMLInputElement>("input");
  if (!given) return;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = given.name;
  field.value = box.dataset["id"] ?? given.value;
  given.removeAttribute("name");
  given.value = box.dataset["title"] ?? "";
  given.setAttribute("role", "combobox");
  given.setAttribute("aria-expanded", "false");
  given.setAttribute("aria-autocomplete", "list");
  given.autocomplete = "off";
  const list = document.createElement("div");
  list.className = "combo-list";
  list.id = `${given.id || field.name}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", given.labels?.[0]?.textContent?.trim() || field.name);
  list.hidden = true;
  given.setAttribute("aria-controls", list.id);
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "combo-clear";
  clear.textContent = "×";
  clear.setAttribute("aria-label", box.dataset["clear"] ?? "×");
  clear.hidden = !field.value;
  box.append(field, list, clear);

  let shown: Pick[] = [];
  let at = -1;
  let timer = 0;
  let asked = 0;
  let chosen = given.value;

  function mark(index: number): void {
    at = index;
    const options = [...list.querySelectorAll("[role=option]")];
    options.forEach((child, i) => child.setAttribute("aria-selected", String(i === at)));
    const option = options[at];
    if (option) given?.setAttribute("aria-activedescendant", option.id);
    else given?.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function close(): void {
    list.hidden = true;
    given?.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function choose(pick: Pick | null): void {
    field.value = pick?.id ?? "";
    chosen = pick?.title ?? "";
    if (given) given.value = chosen;
    clear.hidden = !pick;
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show(picks: Pick[]): void {
    shown = picks;
    list.replaceChildren(
      ...picks.flatMap((pick, index) => {
        const option = document.createElement("div");
        option.className = "combo-item";
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        option.append(pick.title);
        if (pick.sub) {
          const sub = document.createElement("small");
          sub.textContent = pick.sub;
          option.append(sub);
        }
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          choose(pick);
        });
        if (!pick.group || pick.group === picks[index - 1]?.group) return [option];
        const head = document.createElement("div");
        head.className = "combo-head";
        head.setAttribute("role", "presentation");
        head.textContent = pick.group;
        return [head, option];
      }),
    );
    if (picks.length === 0) {
      const none = document.createElement("div");
      none.className = "combo-none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = box.dataset["none"] ?? "–";
      list.append(none);
    }
    list.hidden = false;
    given?.setAttribute("aria-expanded", "true");
    list.scrollIntoView({ block: "nearest" });
    mark(picks.length ? 0 : -1);
  }

  async function ask(): Promise<void> {
    const turn = ++asked;
    const url = new URL(box.dataset["url"] ?? "", location.href);
    url.searchParams.set("q", given?.value === chosen ? "" : (given?.value ?? ""));
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || turn !== asked) return;
    show((await answer.json()) as Pick[]);
  }

  given.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), REST_MS);
  });
  given.addEventListener("click", () => void ask());
  given.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) void ask();
    else if (event.key === "ArrowDown") mark(Math.min(at + 1, shown.length - 1));
    else if (event.key === "ArrowUp" && !list.hidden) mark(Math.max(at - 1, 0));
    else if (event.key === "Enter" && !list.hidden && at >= 0) choose(shown[at] ?? null);
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  given.addEventListener("blur", () => {
    if (!given.value.trim()) {
      if (field.value) choose(null);
    } else given.value = chosen;
    asked++;
    close();
  });
  clear.addEventListener("click", () => {
    choose(null);
    given.focus();
  });
}
