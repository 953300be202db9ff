// What was really watched, from the positions a video reports while it plays.
// Two positions belong together only when the video can have played from one
// to the other in the time between them; a seek earns nothing.

import { add, type Range } from "./ranges";

/** Media time by which play may run ahead of the clock between two reports. */
const slackMs = 1000;

/** Media time by which a video that rested may have moved before it says so. */
const restSlackMs = 250;

export class Tracker {
  private last: { position: number; at: number; resting: boolean } | undefined;

  /** Watched since the tracker was made. */
  ranges: Range[] = [];

  /** onWatched hears each stretch as it is watched. */
  constructor(private readonly onWatched: (range: Range) => void = () => undefined) {}

  /** The video plays and is at position (ms) now (ms of a steady clock). */
  moved(position: number, now: number, rate: number): void {
    const last = this.last;
    this.last = { position, at: now, resting: false };
    if (last === undefined) return;
    const step = position - last.position;
    const longest = last.resting ? restSlackMs : (now - last.at) * rate + slackMs;
    if (step <= 0 || step > longest) return;
    const range: Range = [Math.round(last.position), Math.round(position)];
    this.ranges = add(this.ranges, range);
    this.onWatched(range);
  }

  /** The video rests at position: loaded, paused or ended. Play will go on from here. */
  rests(position: number, now: number, rate: number): void {
    if (this.last !== undefined && !this.last.resting) this.moved(position, now, rate);
    this.last = { position, at: now, resting: true };
  }

  /** A seek to position began. It was not played to; play will go on from there. */
  seeking(position: number, now: number): void {
    this.last = { position, at: now, resting: true };
  }

  /** The media are gone: nothing is known until the next report. */
  emptied(): void {
    this.last = undefined;
  }
}
