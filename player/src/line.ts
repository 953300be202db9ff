// The line, as far as it is known before the first byte: what the last play on
// this device measured, and the rung to begin with by that.

import { recall, remember } from "./memory";

/** A rung of the ladder as the page names it: "v480:201600". */
export interface Rung {
  name: string;
  bps: number; // at its peak
}

/** A measured line counts for a day. */
const keptMs = 24 * 3600 * 1000;

/** A rung is begun with only when the line gave so many times as much. */
const margin = 2;

/** Reads the page's rungs, the smallest first. */
export function rungsOf(text: string): Rung[] {
  const rungs = text.split(" ").filter((word) => word.includes(":")).map((word) => ({ name: word.split(":")[0] ?? "", bps: Number(word.split(":")[1]) }));
  return rungs.sort((a, b) => a.bps - b.bps);
}

/** The rung to begin with: the smallest, unless the line is known to carry more. */
export function firstRung(rungs: readonly Rung[], line: number): Rung | undefined {
  return [...rungs].reverse().find((r) => r.bps * margin <= line) ?? rungs[0];
}

/** What the line gave when it was last measured here, in bits a second; 0 when that is not known or long ago. */
export function lastLine(now: number): number {
  const [bps, at] = (recall("line") ?? "").split(" ").map(Number);
  return bps !== undefined && at !== undefined && bps > 0 && now >= at && now - at < keptMs ? bps : 0;
}

/** Keeps what the line gives. */
export function keepLine(bps: number, now: number): void {
  if (bps > 0) remember("line", `${Math.round(bps)} ${now}`);
}
