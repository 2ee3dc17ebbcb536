// Light, dark or as the system: at once here, kept in a cookie and told to the server so that it follows the person.
import { csrf } from "../lib/words";

const YEAR_S = 31_536_000;

function shown(): "light" | "dark" {
  const theme = document.documentElement.dataset["theme"];
  if (theme === "light" || theme === "dark") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export default function theme(button: HTMLElement): void {
  button.addEventListener("click", () => {
    const wanted = button.dataset["themeValue"] ?? (shown() === "dark" ? "light" : "dark");
    document.documentElement.dataset["theme"] = wanted;
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `tracte_theme=${wanted};path=/;max-age=${YEAR_S};samesite=lax${secure}`;
    const url = button.dataset["url"];
    if (url) void fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf() }, body: new URLSearchParams({ theme: wanted }) });
  });
}
