// Questions below the video: the form gets the place at which play stands, which
// can be left out. It and the forms that take a question back are sent without
// leaving the page. Without this script they are forms like any other.

import { clock, t } from "./words";

/** The longest wait for an answer. */
const askMs = 20_000;

/** What no place is: after a complaint, what she wrote stays as it is. */
const kept = "-";

export class Questions {
  private filled = ""; // what stands in the place unless the reader wrote it herself
  private busy = false;

  constructor(private readonly video: HTMLVideoElement) {
    document.addEventListener("focusin", (e) => {
      if (e.target instanceof HTMLTextAreaElement && e.target.closest("#questions") !== null) this.place();
    });
    document.addEventListener("submit", (e) => {
      const form = e.target;
      if (!(form instanceof HTMLFormElement) || form.closest("#questions") === null) return;
      e.preventDefault();
      if (!this.busy) void this.send(form);
    });
  }

  /** Writes down where play stands when she begins to write. */
  private place(): void {
    const place = document.querySelector<HTMLInputElement>("#questions [name=position_s]");
    if (place === null || place.value !== this.filled || this.video.currentTime < 1) return;
    place.value = this.filled = clock(this.video.currentTime);
  }

  private async send(form: HTMLFormElement): Promise<void> {
    this.busy = true;
    const abort = new AbortController();
    const timer = window.setTimeout(() => abort.abort(), askMs);
    try {
      const body = new URLSearchParams();
      new FormData(form).forEach((value, name) => body.append(name, String(value)));
      const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin", signal: abort.signal });
      this.show(await answer.text());
    } catch {
      const said = form.querySelector("[role=status]");
      if (said !== null) said.textContent = t("questionFailed");
    } finally {
      clearTimeout(timer);
      this.busy = false;
    }
  }

  /** Puts the server's words about questions in the place of those that stand here. */
  private show(page: string): void {
    const told = new DOMParser().parseFromString(page, "text/html").getElementById("questions");
    if (told === null) throw new Error("no questions"); // signed out, or a fault of ours
    document.getElementById("questions")?.replaceWith(document.adoptNode(told));
    const wrong = told.querySelector<HTMLElement>("[aria-invalid], .problem");
    this.filled = wrong === null ? "" : kept;
    (wrong ?? told.querySelector<HTMLElement>(".done"))?.focus();
  }
}
