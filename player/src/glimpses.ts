// The seek bar shows where a press would lead: the time, and a small picture of
// what is seen there. The pictures lie on a few sheets beside the stream; a file
// of cues says which part of which sheet is whose (`#xywh`, Media Fragments 1.0).
// None of it is fetched before somebody points at the bar.

import { byId, clock } from "./words";

/** A small picture of a stretch of the recording. */
export interface Glimpse {
  toS: number;
  sheet: string;
  box: readonly [x: number, y: number, width: number, height: number];
}

/** Reads the cues, in their order. */
export function glimpsesOf(cues: string): Glimpse[] {
  const cue = /--> (\d+):(\d\d):(\d\d\.\d+)\r?\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;
  return Array.from(cues.matchAll(cue), ([, h, m, s, sheet, ...box]) => {
    const [x = 0, y = 0, width = 0, height = 0] = box.map(Number);
    return { toS: Number(h) * 3600 + Number(m) * 60 + Number(s), sheet: sheet ?? "", box: [x, y, width, height] };
  });
}

export class Glimpses {
  private folder = "";
  private cues: Promise<Glimpse[]> | undefined;
  private readonly sheets = new Map<string, Promise<HTMLImageElement>>();
  private wanted = -1; // seconds; others have been left meanwhile
  private readonly card = byId("glimpse");
  private readonly picture = byId<HTMLCanvasElement>("glimpse-picture");

  constructor(
    private readonly bar: HTMLInputElement,
    private readonly sparing: () => boolean,
  ) {
    bar.addEventListener("pointermove", (e) => e.pointerType === "mouse" && void this.show(this.under(e.clientX)));
    bar.addEventListener("input", () => void this.show(Number(bar.value)));
    for (const end of ["pointerleave", "change", "blur"]) bar.addEventListener(end, () => this.hide());
  }

  /** Tells where the stream lies, and the pictures with it. */
  of(manifest: string): void {
    const folder = new URL("thumbs/", new URL(manifest, location.href)).href;
    if (folder === this.folder) return;
    this.folder = folder;
    this.cues = undefined;
    this.sheets.clear();
  }

  private hide(): void {
    this.wanted = -1;
    this.card.hidden = true;
  }

  private async show(seconds: number): Promise<void> {
    this.wanted = seconds;
    this.card.hidden = false;
    byId("glimpse-time").textContent = clock(seconds);
    this.place(seconds);
    if (this.folder === "" || this.sparing()) return;
    this.cues ??= this.fetchCues();
    const all = await this.cues;
    const found = all.find(({ toS }) => seconds < toS) ?? all[all.length - 1]; // the very end is in the last one
    const sheet = found && (await this.sheet(found.sheet));
    if (this.wanted !== seconds) return;
    this.picture.hidden = !sheet;
    if (!found || !sheet) return;
    const [x, y, width, height] = found.box;
    Object.assign(this.picture, { width, height });
    this.picture.getContext("2d")?.drawImage(sheet, x, y, width, height, 0, 0, width, height);
    this.place(seconds);
  }

  private fetchCues(): Promise<Glimpse[]> {
    return fetch(`${this.folder}thumbs.vtt`).then((answer) => (answer.ok ? answer.text() : "")).then(glimpsesOf).catch(() => []);
  }

  /** A sheet that cannot be had is done without. */
  private sheet(name: string): Promise<HTMLImageElement | undefined> {
    const known = this.sheets.get(name);
    if (known !== undefined) return known.catch(() => undefined);
    const image = new Image();
    image.src = this.folder + name;
    const decoded = image.decode().then(() => image);
    this.sheets.set(name, decoded);
    return decoded.catch(() => undefined);
  }

  /** The bar's knob is as wide as the bar is high, and stays within it. */
  private knob(): number {
    return this.bar.offsetHeight;
  }

  private under(clientX: number): number {
    const { left, width } = this.bar.getBoundingClientRect();
    const share = (clientX - left - this.knob() / 2) / (width - this.knob());
    return Math.max(0, Math.min(1, share)) * Number(this.bar.max);
  }

  /** Puts the card over the place, and keeps it within the bar's line. */
  private place(seconds: number): void {
    const share = seconds / (Number(this.bar.max) || 1);
    const at = this.bar.offsetLeft + this.knob() / 2 + share * (this.bar.offsetWidth - this.knob());
    const half = this.card.offsetWidth / 2;
    const line = this.bar.parentElement?.offsetWidth ?? 0;
    this.card.style.insetInlineStart = `${Math.max(half, Math.min(line - half, at)) - half}px`;
  }
}
