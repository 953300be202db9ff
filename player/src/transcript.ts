// The transcript below the picture: what is said, from the captions, in the
// language that they have. It is loaded when it is opened, follows play, can be
// searched, and each line leads to its second.

import { byId, clock, t } from "./words";

/** One line of it. */
export interface Line {
  at: number; // s
  text: string;
}

/** Reads WebVTT (https://www.w3.org/TR/webvtt1/): times and plain text, without settings, tags and notes. */
export function linesOf(vtt: string): Line[] {
  const lines: Line[] = [];
  for (const block of vtt.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const rows = block.split("\n");
    const head = rows.findIndex((row) => row.includes("-->"));
    const found = head < 0 ? null : /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)/.exec((rows[head] ?? "").trim());
    const text = rows.slice(head + 1).join(" ").replace(/<[^>]*>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&nbsp;/g, " ").replace(/&amp;/g, "&").trim();
    if (found === null || text === "") continue;
    const at = Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]);
    if (lines[lines.length - 1]?.text !== text) lines.push({ at, text });
  }
  return lines;
}

/** Whether a line has every word of what is looked for, in any order and case. */
export function matches(line: string, wanted: string): boolean {
  const text = line.toLocaleLowerCase();
  return wanted.toLocaleLowerCase().split(/\s+/).every((word) => text.includes(word));
}

export class Transcript {
  private readonly box = document.getElementById("transcript") as HTMLDetailsElement | null;
  private items: { line: Line; row: HTMLElement; button: HTMLButtonElement }[] = [];
  private current: HTMLButtonElement | undefined;
  private source = "";

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly jump: (seconds: number) => void,
  ) {
    const { box } = this;
    if (box === null) return;
    box.hidden = false;
    box.addEventListener("toggle", () => box.open && void this.load());
    byId<HTMLSelectElement>("caption-language").addEventListener("change", () => box.open && void this.load());
    byId("transcript-search").addEventListener("input", () => this.search());
    video.addEventListener("timeupdate", () => this.follow());
  }

  private async load(): Promise<void> {
    const chosen = Number(byId<HTMLSelectElement>("caption-language").value) || 0;
    const track = this.video.querySelectorAll("track")[chosen];
    if (track === undefined || track.src === this.source) return;
    const answer = await fetch(track.src, { credentials: "same-origin" }).catch(() => undefined);
    if (answer?.ok !== true) {
      byId("transcript-found").textContent = t("transcriptMissing");
      return;
    }
    this.source = track.src;
    this.show(linesOf(await answer.text()), track.srclang);
  }

  private show(lines: readonly Line[], language: string): void {
    this.items = lines.map((line) => this.item(line, language));
    byId("transcript-lines").replaceChildren(...this.items.map(({ row }) => row));
    this.search();
    this.follow();
  }

  private item(line: Line, language: string) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    const [time, words] = [document.createElement("span"), document.createElement("span")];
    button.type = "button";
    time.textContent = clock(line.at);
    time.dir = "ltr";
    time.className = "chapter-time";
    words.textContent = line.text;
    words.lang = language;
    words.dir = "auto";
    button.append(time, " ", words);
    button.onclick = () => this.jump(line.at);
    row.append(button);
    return { line, row, button };
  }

  private search(): void {
    const wanted = byId<HTMLInputElement>("transcript-search").value.trim();
    let found = 0;
    for (const { line, row } of this.items) {
      row.hidden = !matches(line.text, wanted);
      if (!row.hidden) found++;
    }
    byId("transcript-found").textContent = wanted === "" ? "" : t("transcriptFound", { n: found });
  }

  /** Marks the line that is said now, and keeps it in sight unless somebody reads elsewhere. */
  private follow(): void {
    if (this.box?.open !== true) return;
    const at = this.video.currentTime + 0.25; // a seek may end just before where it went
    let now: HTMLButtonElement | undefined;
    for (const { line, button } of this.items) if (line.at <= at) now = button;
    if (now === this.current) return;
    this.current?.removeAttribute("aria-current");
    now?.setAttribute("aria-current", "true");
    this.current = now;
    const list = byId("transcript-lines");
    if (now !== undefined && !this.video.paused && !list.matches(":hover, :focus-within")) list.scrollTop += now.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
  }
}
