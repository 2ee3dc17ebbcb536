// Finds data-island="name" and gives the element to src/islands/name.ts, once, loading the file on demand.
type Island = { default: (element: HTMLElement) => void };

const files = import.meta.glob<Island>("../islands/*.ts");
const mounted = new WeakMap<Element, Set<string>>();

async function mount(element: HTMLElement): Promise<void> {
  const done = mounted.get(element) ?? new Set<string>();
  mounted.set(element, done);
  for (const name of (element.dataset["island"] ?? "").split(/\s+/).filter(Boolean)) {
    const load = files[`../islands/${name}.ts`];
    if (!load || done.has(name)) continue;
    done.add(name);
    (await load()).default(element);
  }
}

let mounting = 0;

/** Mounts what the root holds; <html data-mounted> says that everything named so far answers to keys and clicks. */
export function mountAll(root: ParentNode): void {
  const found = [...root.querySelectorAll<HTMLElement>("[data-island]")];
  if (root instanceof HTMLElement && root.matches("[data-island]")) found.unshift(root);
  mounting += 1;
  delete document.documentElement.dataset["mounted"];
  void Promise.allSettled(found.map(mount)).then(() => {
    mounting -= 1;
    if (mounting === 0) document.documentElement.dataset["mounted"] = "";
  });
}
