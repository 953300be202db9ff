// Sends a playback session's beats: on a timer and at every turn of play, again
// after an outage, and one last time when the page goes away.

import { backoffMs, type Problem } from "./api";
import type { Journal } from "./journal";
import type { Beat, Ledger } from "./ledger";

/** The server's answer to a beat. */
export interface Ack {
  resume_at_s: number;
  watched_percent: number;
  completed: boolean;
  accepted_s: number;
  refused_s: number;
  next_beat_s: number;
}

/** What Beats needs from the page; tests give their own. */
export interface Surroundings {
  send(beat: Beat): Promise<Ack>;
  /** Sends without waiting for an answer, also while the page is closed. */
  farewell(beat: Beat): void;
  now(): number;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
}

/** What the page hears. */
export interface Listener {
  saved(ack: Ack): void;
  waiting(seconds: number): void;
  /** The session is over: taken over, withdrawn, signed out, unknown. */
  refused(problem: Problem): void;
}

/** A paused player keeps its cookies alive this often, and this long. */
const idleBeatMs = 60_000;
const idleForMs = 2 * 3600 * 1000;

export class Beats {
  private timer: number | undefined;
  private sending: Promise<boolean> | undefined;
  private again = false;
  private tries = 0;
  private lastKept = 0;
  private idleSince: number | undefined;

  /** When the server last answered. */
  lastAck: number;

  /** Whether the session takes no more beats. */
  over = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly journal: Journal,
    private readonly around: Surroundings,
    private readonly listener: Listener,
    private intervalMs: number,
  ) {
    this.lastAck = around.now(); // the session was opened just now
  }

  /** Notes the position; the journal is written at most once a second. */
  at(positionMs: number, rate: number): void {
    this.ledger.at(positionMs, rate);
    const now = this.around.now();
    if (now - this.lastKept >= 1000) this.keep();
  }

  /** Play goes on: beats come at the server's interval. */
  playing(): void {
    this.idleSince = undefined;
    this.schedule(this.intervalMs);
  }

  /** Play rests: one beat now, then only what keeps the cookies alive. */
  resting(): void {
    this.idleSince ??= this.around.now();
    void this.beat();
  }

  /** Sends a beat now; while one is under way, right after it. True when the server has it. */
  beat(): Promise<boolean> {
    if (this.over) return Promise.resolve(false);
    if (this.sending !== undefined) {
      this.again = true;
      return this.sending;
    }
    this.sending = this.send().finally(() => {
      this.sending = undefined;
      if (this.again) {
        this.again = false;
        void this.beat();
      }
    });
    return this.sending;
  }

  /** The page is hidden or goes away. The entry stays: a beacon is not acknowledged. */
  farewell(): void {
    if (this.over) return;
    const beat = this.ledger.next();
    this.keep();
    this.around.farewell(beat);
  }

  /** The connection is back: do not wait for the next try. */
  online(): void {
    this.tries = 0;
    void this.beat();
  }

  /** No more beats; what is unacknowledged stays in the journal. */
  stop(): void {
    this.over = true;
    this.clear();
  }

  private async send(): Promise<boolean> {
    this.clear();
    const beat = this.ledger.next();
    this.keep();
    try {
      this.acknowledged(beat, await this.around.send(beat));
      return true;
    } catch (error) {
      this.failed(error as Problem);
      return false;
    }
  }

  private acknowledged(beat: Beat, ack: Ack): void {
    this.tries = 0;
    this.lastAck = this.around.now();
    this.ledger.acknowledge(beat);
    if (ack.next_beat_s > 0) this.intervalMs = ack.next_beat_s * 1000;
    if (this.ledger.waitingS > 0) this.keep();
    else this.journal.forget(this.ledger.session);
    this.listener.saved(ack);
    this.schedule(this.pace());
  }

  private failed(problem: Problem): void {
    if (!problem.passing) {
      this.stop();
      this.listener.refused(problem);
      return;
    }
    this.listener.waiting(this.ledger.waitingS);
    this.schedule(backoffMs(this.tries++));
  }

  /** How long until the next beat when all is well; 0 means none. */
  private pace(): number {
    if (this.idleSince === undefined) return this.intervalMs;
    return this.around.now() - this.idleSince > idleForMs ? 0 : Math.max(idleBeatMs, this.intervalMs);
  }

  private schedule(ms: number): void {
    this.clear();
    if (!this.over && ms > 0) this.timer = this.around.later(() => void this.beat(), ms);
  }

  private clear(): void {
    if (this.timer !== undefined) this.around.cancel(this.timer);
    this.timer = undefined;
  }

  private keep(): void {
    this.lastKept = this.around.now();
    this.journal.keep(this.ledger.entry(this.lastKept));
  }
}
