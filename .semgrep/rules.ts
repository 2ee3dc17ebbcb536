// What the rules for TypeScript must find, and must leave alone.
// ruleid: markup-from-text
element.innerHTML = text;
// ruleid: markup-from-text
element.insertAdjacentHTML("beforeend", text);
// ruleid: markup-from-text
document.write(text);
// ruleid: markup-from-text
const made = new Function(text);
// ok: markup-from-text
element.textContent = text;
// ok: markup-from-text
void htmx.ajax("GET", address, { swap: "innerHTML" });
