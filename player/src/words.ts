// The page's words, handed over by the server in the reader's language.

let words: Record<string, string> | undefined;

/** Returns the words for key with {name} filled in from values. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  words ??= JSON.parse(document.getElementById("strings")?.textContent ?? "{}") as Record<string, string>;
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Says how much of what was watched is not with the server yet. */
export function waitingWords(seconds: number, online: boolean): string {
  const minutes = Math.round(seconds / 60);
  const waiting = minutes > 0 ? t("waiting", { minutes }) : t("waitingShort");
  return online ? waiting : `${t("offline")} ${waiting}`;
}

/** Writes seconds as 2:05 or 1:02:05. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds || 0));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60);
  return minutes >= 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** Writes the time of day on the clock of 24 hours, as all times of the pages are. */
export function timeOfDay(date: Date): string {
  return date.toLocaleTimeString(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** Finds an element that the template has for sure. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as unknown as T;
}
