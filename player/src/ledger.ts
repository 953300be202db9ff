// The seconds of one playback session that the server has not yet acknowledged.
// Beats are cumulative: each carries everything unacknowledged, so a lost one
// loses nothing and a repeated one changes nothing.

import { add, fromSeconds, subtract, toSeconds, total, type Range } from "./ranges";

/** One heartbeat, as POST /v1/playback/{session}/beats takes it. */
export interface Beat {
  seq: number;
  position_s: number;
  rate: number;
  watched: [number, number][];
}

/** What is kept on the device until the server has it. */
export interface JournalEntry extends Beat {
  session: string;
  webinar: string;
  at: number; // ms since 1970
}

export class Ledger {
  private pending: Range[] = [];
  private seq = 0;
  private position = 0;
  private rate = 1;

  constructor(
    readonly session: string,
    readonly webinar: string,
  ) {}

  /** Continues what a journal kept. Its last beat may have arrived: the next one gets a new number. */
  static from(entry: JournalEntry): Ledger {
    const ledger = new Ledger(entry.session, entry.webinar);
    ledger.pending = fromSeconds(entry.watched);
    ledger.seq = entry.seq;
    ledger.at(entry.position_s * 1000, entry.rate);
    return ledger;
  }

  /** Notes a watched stretch. */
  watched(range: Range): void {
    this.pending = add(this.pending, range);
  }

  /** Notes where the video is, in ms. */
  at(position: number, rate: number): void {
    this.position = Math.max(0, Math.round(position));
    this.rate = rate;
  }

  /** The next beat, with a number of its own. */
  next(): Beat {
    this.seq++;
    return this.read();
  }

  /** The server has stored beat. */
  acknowledge(beat: Beat): void {
    this.pending = subtract(this.pending, fromSeconds(beat.watched));
  }

  /** Seconds not yet acknowledged. */
  get waitingS(): number {
    return total(this.pending) / 1000;
  }

  /** What to keep on the device. */
  entry(now: number): JournalEntry {
    return { ...this.read(), session: this.session, webinar: this.webinar, at: now };
  }

  private read(): Beat {
    return { seq: this.seq, position_s: this.position / 1000, rate: this.rate, watched: toSeconds(this.pending) };
  }
}
