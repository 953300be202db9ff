// What went well and what did not, as the player itself sees it: how long play
// took to start, when the picture stood, which quality was shown, what failed.
// It goes with the beats. Every event has a number, so one that is sent twice
// counts once, and a lost one costs nothing but itself.

/** What is told of one thing that was noticed. */
export interface QualityEvent {
  n: number;
  at_s: number;
  kind: string;
  [detail: string]: string | number | boolean;
}

/** The line, where the browser tells of it (Network Information API). */
interface Line {
  effectiveType?: string;
  type?: string;
  saveData?: boolean;
}

/** One beat carries so many, and a player that is not heard keeps so many. */
const atOnce = 40;
const kept = 200;

export class Quality {
  private events: QualityEvent[] = [];
  private count = 0;
  private wantedAt: number | undefined;
  private stalledAt: number | undefined;
  private started = false;
  private sought = false;
  private left = false;
  private broken = false;
  private height = 0;
  private readonly openedAt: number;

  /** now is a steady clock in ms. */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.openedAt = now();
  }

  /** Play was asked for, at a time of the clock. */
  asked(at: number, engine: string, line: Line | undefined = (navigator as { connection?: Line }).connection): void {
    if (this.wantedAt !== undefined) return;
    this.wantedAt = at;
    this.note("play", { engine, network: line?.effectiveType ?? "", link: line?.type ?? "", save_data: line?.saveData ?? false });
  }

  /** The picture moves. */
  playing(): void {
    this.sought = this.broken = false;
    this.goesOn();
    if (this.started || this.wantedAt === undefined) return;
    this.started = true;
    this.note("start", { ms: Math.max(0, Math.round(this.now() - this.wantedAt)) });
  }

  /** The picture stands though it should move. After a seek it may. */
  waiting(): void {
    if (!this.started || this.sought || this.stalledAt !== undefined) return;
    this.stalledAt = this.now();
    this.note("stall", {});
  }

  /** The picture stood for so long with all the data that it needs. */
  stood(ms: number): void {
    this.note("stall", {});
    this.note("stall_end", { ms });
  }

  /** Somebody chose another place: waiting for it is no fault. */
  seeking(): void {
    this.goesOn();
    this.sought = true;
  }

  /** Nobody waits any more: it was paused, or has ended. */
  resting(): void {
    this.goesOn();
  }

  /** The doctor was told that play cannot go on. Trying again and failing again is one failure. */
  failed(error: string): void {
    this.goesOn();
    if (this.broken) return;
    this.broken = true;
    this.note("failure", { error: error.slice(0, 120) });
  }

  /** The doctor reports what is wrong, with one tap. */
  reported(error: string): void {
    this.note("report", { error: error.slice(0, 120) });
  }

  /** The quality in use; 0 when it is not known. */
  rung(height: number): void {
    if (height === this.height || height === 0) return;
    this.height = height;
    this.note("rung", { height });
  }

  /** The page is hidden or goes away; it may come back. */
  leaving(): void {
    if (this.stalledAt !== undefined) {
      this.goesOn();
      this.stalledAt = this.now();
    }
    if (this.started || this.left || this.wantedAt === undefined) return;
    this.left = true;
    this.note("exit", { ms: Math.max(0, Math.round(this.now() - this.wantedAt)) });
  }

  /** What the next beat is to tell; undefined when there is nothing. */
  pending(): QualityEvent[] | undefined {
    return this.events.length > 0 ? this.events.slice(0, atOnce) : undefined;
  }

  /** The server has these. */
  told(events: QualityEvent[] | undefined): void {
    if (events !== undefined) this.events = this.events.filter((e) => !events.includes(e));
  }

  private goesOn(): void {
    if (this.stalledAt === undefined) return;
    this.note("stall_end", { ms: Math.max(0, Math.round(this.now() - this.stalledAt)) });
    this.stalledAt = undefined;
  }

  private note(kind: string, detail: Record<string, string | number | boolean>): void {
    if (this.events.length >= kept) return;
    this.count++;
    this.events.push({ n: this.count, at_s: Math.max(0, Math.round(this.now() - this.openedAt)) / 1000, kind, ...detail });
  }
}
