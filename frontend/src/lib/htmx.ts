// htmx as the extensions expect it: one global, made before they load.
import htmx from "htmx.org";

declare global {
  interface Window {
    htmx: Htmx;
  }
}

export interface Htmx {
  config: { noSwap: (number | string)[] };
  ajax(verb: string, path: string, options: Record<string, unknown>): Promise<void>;
  process(element: Element): void;
}

export interface HtmxDetail {
  ctx?: { response?: { status?: number }; status?: string };
  error?: unknown;
}

window.htmx = htmx as unknown as Htmx;

// Answers that are a page of their own never land inside another page; lib/failures.ts says what happened.
window.htmx.config.noSwap = [204, 304, 400, 401, 403, 404, 412, 429, "5xx"];

export default window.htmx;
