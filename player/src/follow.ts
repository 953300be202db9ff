// Follows a recording's state from the server: by its events, and by asking
// when no event comes.

import { acting, call } from "./api";

/** One step of processing; chunks counts the parts it is divided into. */
export interface Stage {
  name: string;
  state: string;
  progress: number;
  chunks?: { done: number; total: number } | null;
}

/** The part of GET /v1/recordings/{id} that is shown. */
export interface RecordingState {
  state: string;
  progress: number;
  eta_s?: number | null;
  published_at?: string | null;
  stages?: Stage[] | null;
  error?: { code: string; message: string } | null;
  warnings?: { code: string; message: string }[] | null;
}

/** The stages to show: of a recording that failed those that were reached, the last of which it failed in. */
export function reached({ state, stages }: RecordingState): Stage[] {
  const all = stages ?? [];
  if (state !== "failed") return all;
  return all.filter((s) => s.state !== "waiting").map((s) => (s.state === "running" ? { ...s, state } : s));
}

const silenceMs = 5000;

/** Calls show with each state until it is final; onSilence when the server does not answer. */
export function follow(recording: string, show: (state: RecordingState) => void, onSilence: () => void): void {
  const path = `/v1/recordings/${encodeURIComponent(recording)}`;
  let timer = 0;
  let over = false;
  const events = "EventSource" in window && !acting() ? new EventSource(`${path}/events?lang=${document.documentElement.lang}`) : undefined;

  const heard = (state: RecordingState) => {
    if (over || typeof state?.state !== "string") return;
    over = state.state === "ready" || state.state === "failed";
    show(state);
    clearTimeout(timer);
    if (over) events?.close();
    else timer = window.setTimeout(() => void ask(), silenceMs);
  };
  const ask = async () => {
    try {
      heard(await call<RecordingState>("GET", path));
    } catch {
      onSilence();
      timer = window.setTimeout(() => void ask(), silenceMs);
    }
  };
  const event = (e: Event) => {
    try {
      heard(JSON.parse((e as MessageEvent<string>).data) as RecordingState);
    } catch {
      // Not a state: the next question asks for one.
    }
  };
  for (const name of ["message", "recording", "state"]) events?.addEventListener(name, event);
  void ask();
}
