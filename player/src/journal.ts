// Unacknowledged beats survive a crash, a dead battery and a lost connection in
// the browser's storage, one entry a playback session.

import type { JournalEntry } from "./ledger";

const prefix = "rounds.beats.";
const keptForMs = 14 * 24 * 3600 * 1000;

/** The part of Storage that is used. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Journal {
  constructor(private readonly shelf: Shelf | undefined) {}

  /** Keeps an entry; a full or forbidden storage is not an error, beats stay in memory. */
  keep(entry: JournalEntry): void {
    try {
      this.shelf?.setItem(prefix + entry.session, JSON.stringify(entry));
    } catch {
      // Nothing to do: the entry is in memory too.
    }
  }

  forget(session: string): void {
    this.shelf?.removeItem(prefix + session);
  }

  /** Entries of earlier visits, oldest first. Those past keeping are dropped. */
  entries(now: number): JournalEntry[] {
    const found: JournalEntry[] = [];
    for (const key of this.keys()) {
      const entry = read(this.shelf?.getItem(key) ?? "");
      if (entry === undefined || now - entry.at > keptForMs) this.shelf?.removeItem(key);
      else found.push(entry);
    }
    return found.sort((a, b) => a.at - b.at);
  }

  private keys(): string[] {
    return keptKeys(this.shelf);
  }
}

/** The keys of all entries. */
export function keptKeys(shelf: Shelf | undefined = localShelf()): string[] {
  const keys: string[] = [];
  for (let i = 0; i < (shelf?.length ?? 0); i++) {
    const key = shelf?.key(i);
    if (key?.startsWith(prefix)) keys.push(key);
  }
  return keys;
}

/** Returns the browser's storage, or undefined where it is switched off. */
export function localShelf(): Shelf | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

function read(text: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(text) as JournalEntry;
    const whole = typeof entry.session === "string" && typeof entry.at === "number" && typeof entry.seq === "number" && Array.isArray(entry.watched);
    return whole ? entry : undefined;
  } catch {
    return undefined;
  }
}
