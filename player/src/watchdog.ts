// Sees a picture that stands though it could move: the doctor did not pause, and
// there is data. Nothing else notices: the video believes that it plays, so it
// says nothing, and hls.js repairs holes but not a decoder that does not go on.
//
// What is done about it grows: a nudge, which also leads over a hole; then the
// media are given to the browser anew; then everything is built anew; then the
// doctor is told. Between two steps the last one has its time to help.

/** What the video is like at one moment; times in seconds. */
export interface Sight {
  at: number;
  /** It should move: play was asked for and it has not ended. */
  wanted: boolean;
  /** Stretches that are loaded, in order. */
  loaded: readonly (readonly [from: number, to: number])[];
  /** Nobody sees it: a page in the background may be slowed down. */
  hidden: boolean;
}

/** What to do: set the position, or something larger. */
export type Remedy = { kind: "nudge"; to: number } | { kind: "recover" } | { kind: "rebuild" } | { kind: "tell" };

/** Milliseconds for which the picture has stood, since the last remedy, when the next one is due. */
export const dueMs = [6_000, 6_000, 8_000, 10_000] as const;

/** Time between two looks above which the device itself stood: it proves nothing. */
const napMs = 5_000;

/** Movement from which on the picture counts as moving: more than any nudge. */
const movedS = 0.5;

const nudgeS = 0.1;

/** A hole of such a length is jumped over; a longer one has to be loaded. */
const holeS = 2;

/** What is loaded ahead of a position: data enough to move with. */
const enoughS = 0.5;

export class Watchdog {
  private at: number | undefined; // where it stands, if it does
  private since = 0;
  private looked = 0;
  private done = 0; // remedies

  /** Looks at the video now (ms of a steady clock); undefined: nothing is to be done. */
  look(sight: Sight, now: number): Remedy | undefined {
    const awake = now - this.looked < napMs;
    this.looked = now;
    const next = ahead(sight);
    if (!awake || !sight.wanted || sight.hidden || next === undefined) {
      this.since = now; // what is being loaded anew stands for a reason
      this.at ??= sight.at;
      return undefined;
    }
    if (this.at === undefined || Math.abs(sight.at - this.at) > movedS) {
      [this.at, this.since, this.done] = [sight.at, now, 0];
      return undefined;
    }
    return now - this.since < (dueMs[this.done] ?? Infinity) ? undefined : this.remedy(next, now);
  }

  /** Whether the picture was found standing and has not moved since. */
  get standing(): boolean {
    return this.done > 0;
  }

  /** Somebody has chosen another place, or begins anew. */
  calm(): void {
    this.at = undefined;
    this.done = 0;
  }

  private remedy(next: number, now: number): Remedy {
    this.since = now;
    switch (this.done++) {
      case 0:
        this.at = next; // that is no movement
        return { kind: "nudge", to: next };
      case 1:
        return { kind: "recover" };
      case 2:
        return { kind: "rebuild" };
      default:
        return { kind: "tell" };
    }
  }
}

/** Where a nudge leads: a little on, or over a small hole. Undefined: there is nothing to move with. */
function ahead({ at, loaded }: Sight): number | undefined {
  for (const [from, to] of loaded) {
    if (from <= at && to - at >= enoughS) return at + nudgeS;
    if (from > at && from - at <= holeS && to - from >= enoughS) return from + nudgeS / 2;
  }
  return undefined;
}
