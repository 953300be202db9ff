// From where play goes on, when it was not here that it stopped: "phone, today 08:12".

import { t, timeOfDay } from "./words";

/** The part of the playback session that tells it. */
export interface From {
  source: string; // "device" or "live"
  device: string; // "phone", "tablet", "computer" or ""
  at: string | null; // RFC 3339
}

/** Says who left off there, and when. */
export function whence(from: From, now: Date): string {
  const names = new Map([["phone", "fromPhone"], ["tablet", "fromTablet"], ["computer", "fromComputer"]]);
  const who = t(from.source === "live" ? "fromLive" : (names.get(from.device) ?? "fromDevice"));
  const at = new Date(from.at ?? "");
  return Number.isNaN(at.getTime()) ? who : t("fromWhen", { who, when: `${day(at, now)} ${timeOfDay(at)}` });
}

/** Names a day as people do: today, yesterday, or its date. */
function day(at: Date, now: Date): string {
  const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const ago = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  const lang = document.documentElement.lang || undefined;
  if ((ago === 0 || ago === 1) && typeof Intl.RelativeTimeFormat === "function") return new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(-ago, "day");
  return at.toLocaleDateString(lang, { day: "numeric", month: "short", ...(ago > 300 && { year: "numeric" }) });
}
