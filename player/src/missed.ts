// "Play only what I missed": a button, a list of the parts, and the mode in
// which the player goes from part to part. The bar shows the parts framed, so
// that they can be told from the watched, hatched ones without colour.

import { call } from "./api";
import { bar } from "./coverage";
import { Missed } from "./gaps";
import type { Range } from "./ranges";
import { byId, clock, t } from "./words";

/** The part of GET /v1/webinars/{id}/progress that matters here. */
interface Progress {
  gaps: [number, number][];
  counts: string;
  completed: boolean;
  duration_s: number;
}

/** The most parts that are listed. */
const listed = 20;

/** Who has watched less than this has missed nothing yet: all is still to come. */
const untouchedMs = 1000;

/** What the mode asks of the player. */
export interface Playing {
  position(): number; // ms
  seek(ms: number): void;
  play(): void;
  pause(): void;
  /** Sends what was watched; true when the server has it. */
  save(): Promise<boolean>;
}

export class MissedMode {
  private left = new Missed([]); // shrinks as it is watched
  private list: Missed | undefined; // of the mode; undefined while it is off
  private part = -1;
  private wholeMs = Infinity;
  private readonly button = byId<HTMLButtonElement>("missed");

  constructor(
    private readonly webinar: string,
    private readonly player: Playing,
  ) {
    this.button.onclick = () => (this.list === undefined ? this.begin(0) : this.stop(t("missedStopped")));
  }

  /** Whether only the missing parts are played. */
  get on(): boolean {
    return this.list !== undefined;
  }

  /** Reads what is missing by the rule in force. */
  async refresh(): Promise<Progress | undefined> {
    const progress = await call<Progress>("GET", `/v1/webinars/${encodeURIComponent(this.webinar)}/progress`).catch(() => undefined);
    if (progress === undefined) return undefined;
    this.left = Missed.from(progress.counts === "live" ? [] : progress.gaps);
    if (progress.counts === "live" && !progress.completed) this.say(t("missedLive"));
    this.wholeMs = progress.duration_s * 1000;
    this.draw();
    this.show();
    return progress;
  }

  /** Notes what was watched just now. */
  watched(range: Range): void {
    this.left = this.left.without(range);
    this.draw();
    if (this.list === undefined) this.show();
  }

  /** The video has moved; in the mode it may have to go on elsewhere. */
  moved(): void {
    if (this.list === undefined) return;
    const step = this.list.step(this.player.position());
    if (step.kind === "end") {
      void this.finish();
      return;
    }
    if (step.kind === "jump") this.player.seek(step.to);
    this.tell(step.part);
  }

  /** The video has come to its end. */
  ended(): void {
    if (this.list?.ended(this.player.position()).kind === "end") void this.finish();
  }

  private begin(part: number): void {
    if (this.left.parts.length === 0) return;
    this.list = this.left;
    this.part = -1;
    this.player.seek(this.list.start(part));
    this.player.play();
    this.tell(part);
    this.show();
  }

  private stop(words: string): void {
    this.list = undefined;
    this.say(words);
    this.show();
  }

  /** All parts were played: says what that brought, by the server's word. */
  private async finish(): Promise<void> {
    this.player.pause();
    this.stop(t("missedSaving"));
    this.button.focus();
    const saved = await this.player.save();
    const progress = saved ? await this.refresh() : undefined;
    if (progress === undefined) this.say(t("missedPlayed"));
    else if (progress.completed) this.say(t("missedCompleted"));
    else if (this.left.lengthMs === 0) this.say(t("missedAll"));
    else this.say(t("missedLeft", { time: length(this.left.lengthMs) }));
  }

  private tell(part: number): void {
    if (this.list === undefined || part === this.part) return;
    this.part = part;
    const [from, to] = this.list.parts[part] ?? [0, 0];
    this.say(t("missedPart", { n: part + 1, count: this.list.parts.length, from: clock(from / 1000), to: clock(to / 1000) }));
  }

  private say(words: string): void {
    byId("missed-status").textContent = words;
  }

  private show(): void {
    const on = this.list !== undefined;
    const nothing = this.left.parts.length === 0 || this.left.lengthMs > this.wholeMs - untouchedMs;
    byId("missed-box").hidden = !on && nothing && byId("missed-status").textContent === "";
    const label = on ? t("missedStop") : t("missed", { time: length(this.left.lengthMs) });
    this.button.hidden = !on && this.left.parts.length === 0;
    if (this.button.textContent !== label) this.button.textContent = label;
  }

  /** Frames the parts on the bar and lists them. */
  private draw(): void {
    if (!(this.wholeMs > 0 && this.wholeMs < Infinity)) return;
    const scale = 1000 / this.wholeMs; // thousandths of the bar a ms
    byId<SVGGElement>("gap-bars").replaceChildren(...this.left.parts.map(([from, to]) => bar(from * scale, (to - from) * scale)));
    const list = byId("missed-list");
    const parts = this.left.parts.slice(0, listed);
    while (list.children.length > parts.length) list.lastElementChild?.remove();
    while (list.children.length < parts.length) list.append(this.item(list.children.length));
    parts.forEach((part, i) => relabel(list.children[i]?.firstElementChild, part));
  }

  /** The line of part i. It stays while its part shrinks, so that a press on it is not lost. */
  private item(i: number): HTMLLIElement {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.onclick = () => {
      const from = this.left.parts[i]?.[0] ?? 0;
      void this.refresh().then(() => this.begin(Math.max(0, this.left.parts.findIndex(([, end]) => end > from))));
    };
    item.append(button);
    return item;
  }
}

/** Writes from where to where a part lasts. */
function relabel(button: Element | null | undefined, [from, to]: Range): void {
  const words = `${clock(from / 1000)}–${clock(to / 1000)}`;
  if (!button || button.textContent === words) return;
  button.textContent = words;
  button.setAttribute("aria-label", t("missedFrom", { range: words }));
}

/** Writes a length of time in words: minutes, or seconds below one. */
function length(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? t("seconds", { n: seconds }) : t("minutes", { n: Math.ceil(seconds / 60) });
}
