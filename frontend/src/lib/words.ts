// Sentences the page gives its scripts: <body data-word-broken="…">.
export function word(name: string): string {
  return document.body.getAttribute(`data-word-${name}`) ?? "";
}

export function csrf(): string {
  const given = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return (JSON.parse(given) as Record<string, string>)["X-CSRFToken"] ?? "";
}
