// What was really watched, from the positions a video reports while it plays.
// Two positions belong together only when the video can have played from one
// to the other in the time between them; a seek earns nothing.

import { add, type Range } from "./ranges";

/** Media time by which play may run ahead of the clock between two reports. */
const slackMs = 1000;

export class Tracker {
  private last: { position: number; at: number } | undefined;

  /** Watched since the tracker was made. */
  ranges: Range[] = [];

  /** onWatched hears each stretch as it is watched. */
  constructor(private readonly onWatched: (range: Range) => void = () => undefined) {}

  /** The video plays and is at position (ms) now (ms of a steady clock). */
  moved(position: number, now: number, rate: number): void {
    const last = this.last;
    this.last = { position, at: now };
    if (last === undefined) return;
    const step = position - last.position;
    if (step <= 0 || step > (now - last.at) * rate + slackMs) return;
    const range: Range = [Math.round(last.position), Math.round(position)];
    this.ranges = add(this.ranges, range);
    this.onWatched(range);
  }

  /** Play stopped at position: paused, ended, or out of data. */
  stopped(position: number, now: number, rate: number): void {
    if (this.last !== undefined) this.moved(position, now, rate);
    this.last = undefined;
  }

  /** A seek began; where it lands was not played to. */
  seeking(): void {
    this.last = undefined;
  }
}
