// Start and end of a recording, taken from where the preview of its file is. The
// fields stay what is sent; the buttons write into them.

/** How long a trial of a cut plays. */
const trialS = 5;

/** Reads 2:05, 1:02:05.5 or 93; NaN when it is none. */
export function readClock(text: string): number {
  const parts = text.trim().split(":");
  if (parts.length > 3 || !parts.every((p, i) => (i === parts.length - 1 ? /^\d+(\.\d{1,3})?$/ : /^\d+$/).test(p))) return NaN;
  return parts.reduce((sum, p) => sum * 60 + Number(p), 0);
}

/** Writes seconds as 2:05.3, to the tenth: nobody hits more by hand. */
export function writeClock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const s = Math.floor(tenths / 10);
  const two = (n: number) => String(n).padStart(2, "0");
  const head = s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}` : String(Math.floor(s / 60));
  return `${head}:${two(s % 60)}${tenths % 10 > 0 ? `.${tenths % 10}` : ""}`;
}

export function trimming(form: HTMLFormElement, video: HTMLVideoElement): void {
  let stopAt = Infinity;
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  const play = (from: number, to: number) => {
    stopAt = to;
    if (video.readyState > 0) video.currentTime = from;
    else {
      video.addEventListener("loadedmetadata", () => (video.currentTime = from), { once: true });
      video.load();
    }
    video.scrollIntoView({ block: "nearest" });
    void video.play().catch(() => undefined);
  };
  video.addEventListener("timeupdate", () => {
    if (video.currentTime < stopAt) return;
    stopAt = Infinity;
    video.pause();
  });
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-mark]")) {
    button.onclick = () => (field(button.dataset.mark ?? "").value = writeClock(video.currentTime));
  }
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-try]")) {
    const start = button.dataset.try === "from";
    button.onclick = () => {
      const at = readClock(field(button.dataset.try ?? "").value);
      if (!Number.isNaN(at)) play(start ? at : Math.max(0, at - trialS), start ? at + trialS : at);
    };
  }
  for (const buttons of form.querySelectorAll<HTMLElement>(".trim-buttons")) buttons.hidden = false;
}
