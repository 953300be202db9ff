// From what was found on a device: whether one can watch there.

import type { Way } from "./plays";

/** How one thing was found. */
export type Mark = "good" | "limited" | "bad";

export interface Found {
  way: Way | undefined; // to play a recording
  cookies: boolean;
  storage: boolean;
  reached: boolean; // the service
  bps: number; // of the line; 0: not measured
  clockS: number; // by which this device is ahead
}

/** What the page says first. */
export type Verdict = "good" | "one" | "slow" | "clock" | "storage" | "browser" | "cookies" | "line";

/** A line below this shows the smallest quality at best, with breaks. */
const leastBps = 200_000;

/** What hinders most comes first. */
export function judge(f: Found): Verdict {
  if (f.way === undefined) return "browser";
  if (!f.cookies) return "cookies";
  if (!f.reached) return "line";
  if (f.bps > 0 && f.bps < leastBps) return "slow";
  if (!f.storage) return "storage";
  if (Math.abs(f.clockS) > 300) return "clock";
  return f.way === "mp4" ? "one" : "good";
}
