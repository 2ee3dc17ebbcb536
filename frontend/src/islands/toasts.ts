// Messages leave by themselves unless they carry an Undo or a problem.
import { leaveSoon } from "../lib/toast";

export default function toasts(corner: HTMLElement): void {
  const watch = (): void => {
    for (const message of corner.querySelectorAll<HTMLElement>('[data-toast="leave"]')) {
      message.dataset["toast"] = "leaving";
      leaveSoon(message);
    }
  };
  watch();
  new MutationObserver(watch).observe(corner, { childList: true });
}
