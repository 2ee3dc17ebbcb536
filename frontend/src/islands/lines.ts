// A table whose cells are written in: leaving a cell that changed saves its row; Enter saves and goes down, Escape takes
// back what was typed.
export default function lines(table: HTMLElement): void {
  const save = (input: HTMLInputElement): void => {
    const form = input.form;
    const button = form?.querySelector<HTMLButtonElement>("button[value=save]");
    input.defaultValue = input.value; // what Escape goes back to from now on
    if (form && button) form.requestSubmit(button);
  };
  table.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement) save(event.target);
  });
  table.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLInputElement) event.target.select();
  });
  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || event.isComposing) return;
    if (event.key === "Escape" && input.value !== input.defaultValue) {
      event.preventDefault();
      input.value = input.defaultValue;
    }
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const column = [...table.querySelectorAll<HTMLInputElement>(`input[name="${input.name}"]`)];
    const next = column[column.indexOf(input) + step];
    if (next) next.focus(); // leaving the cell saves it
    else input.blur();
  });
}
