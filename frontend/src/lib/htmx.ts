// htmx as the extensions expect it: one global, made before they load.
import htmx from "htmx.org";

declare global {
  interface Window {
    htmx: Htmx;
  }
}

export interface Htmx {
  ajax(verb: string, path: string, options: Record<string, unknown>): Promise<void>;
  process(element: Element): void;
}

export interface HtmxDetail {
  ctx?: { response?: { status?: number }; status?: string };
  error?: unknown;
}

window.htmx = htmx as unknown as Htmx;

export default window.htmx;
