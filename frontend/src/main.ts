// The shell's script: htmx with its content-policy extension, and islands fetched when a page names them.
import "./lib/htmx";
import "htmx.org/dist/ext/hx-csp.js";
import { forgetSaved } from "./lib/drafts";
import "./lib/failures";
import { mountAll } from "./lib/islands";
import "./lib/openers";
import "./lib/keys";

document.documentElement.classList.add("js");

forgetSaved();
mountAll(document);
document.addEventListener("htmx:after:process", (event) => mountAll(event.target as ParentNode));
document.addEventListener("htmx:after:swap", () => mountAll(document));
