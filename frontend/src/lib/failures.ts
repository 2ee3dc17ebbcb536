// Every failed request says so. 409 and 422 answers are swapped in (a form with its errors), the rest is not.
import type { HtmxDetail } from "./htmx";
import { say } from "./toast";
import { word } from "./words";

document.addEventListener("htmx:response:error", (event) => {
  const status = (event as CustomEvent<HtmxDetail>).detail.ctx?.response?.status ?? 0;
  if (status === 409 || status === 422) return;
  const name = status === 401 ? "signedout" : status === 403 || status === 404 ? "denied" : "broken";
  say(word(name), "bad");
});

document.addEventListener("htmx:error", (event) => {
  const status = (event as CustomEvent<HtmxDetail>).detail.ctx?.response?.status;
  if (!status) say(word("offline"), "bad");
});
