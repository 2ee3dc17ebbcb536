// Builds the islands and the style sheet into static files that ship inside the Python package.
// Django reads manifest.json to turn a stable name ("main.ts") into a hashed address.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";
import sprite from "./plugins/sprite.ts";

const source = resolve(import.meta.dirname, "src");
const built = resolve(import.meta.dirname, "../src/tracte/web/static/built");

function entries(): string[] {
  const islands = join(source, "islands");
  const names = existsSync(islands) ? readdirSync(islands).filter((name) => name.endsWith(".ts")) : [];
  return ["main.ts", "app.css", ...names.map((name) => `islands/${name}`)].map((name) => join(source, name));
}

// The server sends the .br or .gz beside a file instead of compressing on each request.
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    closeBundle() {
      if (!existsSync(built)) return; // the build failed and says why itself
      for (const name of readdirSync(built, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const content = readFileSync(join(built, name));
        if (content.length < 512) continue;
        writeFileSync(join(built, `${name}.gz`), gzipSync(content, { level: 9 }));
        writeFileSync(join(built, `${name}.br`), brotliCompressSync(content));
      }
    },
  };
}

export default defineConfig({
  root: source,
  base: "./",
  publicDir: false as const,
  plugins: [tailwindcss(), sprite(), precompress()],
  build: {
    outDir: built,
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["es2022", "chrome111", "firefox114", "safari16.4"],
    assetsDir: "assets",
    assetsInlineLimit: 0, // the content policy allows no data: addresses
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: { input: entries() },
  },
});
