// Beats of earlier visits that the server never acknowledged are sent first
// thing, so that the resume position and the coverage are right.

import { call, Problem } from "./api";
import type { Journal } from "./journal";
import { Ledger, type JournalEntry } from "./ledger";

/** Where a session's beats go. */
export function beatsPath(session: string): string {
  return `/v1/playback/${encodeURIComponent(session)}/beats`;
}

/** Sends every kept entry that no open page is still adding to. */
export async function replay(journal: Journal, now: number): Promise<void> {
  for (const entry of journal.entries(now)) {
    await exclusively(entry, now, () => resend(journal, entry));
  }
}

async function resend(journal: Journal, entry: JournalEntry): Promise<void> {
  try {
    await call("POST", beatsPath(entry.session), Ledger.from(entry).next());
    journal.forget(entry.session);
  } catch (error) {
    if (error instanceof Problem && settled(error)) journal.forget(entry.session);
  }
}

/** Whether the server will never take this entry. Signed out or unknown may mean
 *  that another person uses this device now: such an entry waits for its owner. */
function settled(problem: Problem): boolean {
  return !problem.passing && ![401, 403, 404].includes(problem.status);
}

const lockName = (session: string) => `rounds.session.${session}`;

/** Marks a session as this page's own until the page is gone. */
export function claim(session: string): void {
  void navigator.locks?.request(lockName(session), () => new Promise<void>(() => undefined)).catch(() => undefined);
}

/** Runs work unless another page owns the session; without locks, an entry that
 *  was written a moment ago is left alone. */
async function exclusively(entry: JournalEntry, now: number, work: () => Promise<void>): Promise<void> {
  if (navigator.locks !== undefined) {
    await navigator.locks.request(lockName(entry.session), { ifAvailable: true }, (lock) => (lock === null ? undefined : work()));
  } else if (now - entry.at > 3000) {
    await work();
  }
}
