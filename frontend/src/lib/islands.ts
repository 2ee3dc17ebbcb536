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

export function mountAll(root: ParentNode): void {
  if (root instanceof HTMLElement && root.matches("[data-island]")) void mount(root);
  for (const element of root.querySelectorAll<HTMLElement>("[data-island]")) void mount(element);
}
