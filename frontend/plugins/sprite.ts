// One same-origin SVG file with the icons the product uses, and no other: names in src/tracte/web/icons.txt.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "vite";

const icons = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

function symbol(name: string): string {
  const svg = readFileSync(join(icons, `${name}.svg`), "utf8");
  const inside = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${inside.replace(/\s*\n\s*/g, "")}</symbol>`;
}

export default function sprite(): Plugin {
  let names = "";
  return {
    name: "sprite",
    apply: "build",
    configResolved(config) {
      names = resolve(config.root, "../../src/tracte/web/icons.txt");
    },
    buildStart() {
      this.addWatchFile(names);
      const list = readFileSync(names, "utf8").split(/\s+/).filter(Boolean);
      const licence = "<!-- Lucide, ISC licence, https://lucide.dev/license -->";
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${licence}${list.map(symbol).join("")}</svg>`,
      });
    },
  };
}
