// Shows and hides a password. <button data-island="password" data-of="id">
export default function password(button: HTMLElement): void {
  const input = document.getElementById(button.dataset["of"] ?? "");
  button.addEventListener("click", () => {
    if (!(input instanceof HTMLInputElement)) return;
    input.type = input.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(input.type === "text"));
  });
}
