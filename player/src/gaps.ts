// What was missed, as a list of parts that are played one after the other.

import { fromSeconds, subtract, total, type Range } from "./ranges";

/** A part begins this long before its gap, so that nobody starts in a word. */
const leadMs = 1000;

/** … and ends this long behind it, so that its last picture is played. */
const tailMs = 300;

/** What was watched between two gaps is skipped from this length on; less is played through. */
const skipFromMs = 5000;

/** What to do while parts are played. */
export type Step = { kind: "play"; part: number } | { kind: "jump"; part: number; to: number } | { kind: "end" };

export class Missed {
  readonly parts: readonly Range[];

  constructor(private gaps: readonly Range[]) {
    this.parts = join(gaps);
  }

  /** Reads gaps as the API writes them. */
  static from(gaps: readonly (readonly [number, number])[]): Missed {
    return new Missed(fromSeconds(gaps));
  }

  /** What is still missing when that was watched. */
  without(watched: Range): Missed {
    return new Missed(subtract(this.gaps, [watched]));
  }

  /** Ms that are missing. */
  get lengthMs(): number {
    return total(this.gaps);
  }

  /** Where a part starts to be played, in ms. */
  start(part: number): number {
    return Math.max(0, (this.parts[part]?.[0] ?? 0) - leadMs);
  }

  /** What to do when the video is at position, in ms: only the parts are played, in their order. */
  step(position: number): Step {
    const part = this.parts.findIndex(([, to]) => position < to + tailMs);
    if (part < 0) return { kind: "end" };
    const to = this.start(part);
    return position < to - tailMs ? { kind: "jump", part, to } : { kind: "play", part };
  }

  /** The same when the video has ended at position. */
  ended(position: number): Step {
    return this.step(position + tailMs);
  }
}

/** Makes one part of gaps that are close together. */
function join(gaps: readonly Range[]): Range[] {
  const parts: [number, number][] = [];
  for (const [from, to] of gaps) {
    const last = parts[parts.length - 1];
    if (last !== undefined && from - last[1] < skipFromMs) last[1] = to;
    else parts.push([from, to]);
  }
  return parts;
}
