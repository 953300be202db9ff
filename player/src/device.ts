// The page that tests this device: what play needs is tried here, one thing
// after the other, and told in words. Nothing is sent to anybody but by a tap.

import { judge, type Found, type Mark } from "./judge";
import { plays } from "./plays";
import { byId, t } from "./words";

const table = byId("device");

interface Row {
  name: string;
  mark: Mark;
  text: string;
}

const rows: Row[] = [];

/** Adds a line: the mark is a word too, so that it does not depend on colour. */
function tell(name: string, mark: Mark, text: string): void {
  rows.push({ name, mark, text });
  const row = document.createElement("tr");
  const [head, word, value] = [document.createElement("th"), document.createElement("td"), document.createElement("td")];
  head.scope = "row";
  head.textContent = t(`check_${name}`);
  word.textContent = t(`check_${mark}`);
  value.textContent = text;
  row.append(head, word, value);
  byId("device-rows").append(row);
}

function cookies(): boolean {
  document.cookie = "rounds_check=1; SameSite=Lax; Path=/check";
  const kept = document.cookie.includes("rounds_check=1");
  document.cookie = "rounds_check=; Max-Age=0; Path=/check";
  return kept;
}

function storage(): boolean {
  try {
    localStorage.setItem("rounds.check", "1");
    localStorage.removeItem("rounds.check");
    return true;
  } catch {
    return false;
  }
}

interface Line {
  roundTripMs: number;
  bps: number; // 0: not measured
  clockS: number; // by which this device is ahead
}

/** Measures the line by small questions and one larger file of ours. */
async function line(): Promise<Line> {
  const times: number[] = [];
  let clockS = 0;
  for (let i = 0; i < 3; i++) {
    const asked = performance.now();
    const { headers } = await fetch("/check", { method: "HEAD", cache: "no-store" });
    times.push(performance.now() - asked);
    const date = Date.parse(headers.get("Date") ?? "");
    if (date > 0) clockS = Math.round((Date.now() - date) / 1000);
  }
  return { roundTripMs: Math.round(Math.min(...times)), bps: await throughput(table.dataset.sample ?? ""), clockS };
}

async function throughput(url: string): Promise<number> {
  if (url === "") return 0;
  const answer = await fetch(url, { cache: "no-store" });
  const first = performance.now();
  const { byteLength } = await answer.arrayBuffer();
  const took = performance.now() - first;
  const timing = performance.getEntriesByName(new URL(url, location.href).href).pop() as PerformanceResourceTiming | undefined;
  return ((timing?.encodedBodySize || byteLength) * 8000) / Math.max(1, took);
}

async function examine(): Promise<Found> {
  const video = document.createElement("video") as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
  const way = plays();
  tell("engine", way === undefined ? "bad" : way === "mp4" ? "limited" : "good", t(`check_engine_${way ?? "none"}`));
  const sound = video.canPlayType('audio/mp4; codecs="mp4a.40.2"') !== "";
  tell("sound", sound ? "good" : "limited", t(sound ? "check_sound_yes" : "check_sound_no"));
  const full = document.documentElement.requestFullscreen !== undefined || video.webkitEnterFullscreen !== undefined;
  tell("full", full ? "good" : "limited", t(full ? "check_yes" : "check_no"));
  const keeps = { cookies: cookies(), storage: storage() };
  tell("cookies", keeps.cookies ? "good" : "bad", t(keeps.cookies ? "check_yes" : "check_cookies_no"));
  tell("storage", keeps.storage ? "good" : "limited", t(keeps.storage ? "check_yes" : "check_storage_no"));
  const measured = await line().catch(() => undefined);
  const found: Found = { way, ...keeps, reached: measured !== undefined, bps: measured?.bps ?? 0, clockS: measured?.clockS ?? 0 };
  if (measured === undefined) tell("line", "bad", t("check_line_no"));
  else {
    tell("line", found.bps >= 400_000 || found.bps === 0 ? "good" : "limited", t("check_line_is", { ms: measured.roundTripMs, mbps: (measured.bps / 1e6).toFixed(1) }));
    tell("clock", Math.abs(found.clockS) <= 300 ? "good" : "limited", t(Math.abs(found.clockS) <= 300 ? "check_yes" : "check_clock_no"));
  }
  return found;
}

/** What support is told: the lines of the table and what the browser calls itself. */
function report(verdict: string): string {
  return [verdict, ...rows.map(({ name, mark, text }) => `${t(`check_${name}`)}: ${t(`check_${mark}`)}, ${text}`), byId("device-agent").textContent ?? ""].join("\n");
}

async function run(): Promise<void> {
  const verdict = byId("verdict");
  verdict.hidden = table.hidden = false;
  verdict.textContent = t("checking");
  verdict.textContent = t(`check_verdict_${judge(await examine())}`);
  const text = report(verdict.textContent);
  byId<HTMLAnchorElement>("device-report").href = `/help?page=/check&message=${encodeURIComponent(text)}`;
  const copy = byId("device-copy");
  copy.hidden = navigator.clipboard === undefined;
  copy.onclick = () => void navigator.clipboard.writeText(text).then(() => (byId("device-copied").textContent = t("check_copied")), () => undefined);
  document.documentElement.dataset.checked = "1";
}

void run();
