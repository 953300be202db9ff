// The first things of a stream, fetched while hls.js is still on its way: the
// playlists, the key, and of the quality that play starts with the header and
// the segment in which the resume point lies. hls.js then finds them here.
// Whatever goes wrong is no trouble: hls.js asks again in its own way.

/** One answer, and when it came (ms of performance.now). */
export interface Warmed {
  body: ArrayBuffer;
  url: string;
  asked: number;
  first: number;
  end: number;
}

export class Warm {
  private readonly kept = new Map<string, Promise<Warmed>>();

  constructor(private readonly get: (url: string) => Promise<Warmed> = fetched) {}

  /** Fetches what play needs to start at second at with the rung of that name. */
  async start(manifest: string, rung: string, at: number): Promise<void> {
    try {
      const master = new URL(manifest, globalThis.location?.href).href;
      const list = new URL(`${rung}/index.m3u8`, master.replace(/[?#].*$/, "")).href;
      void this.fetch(master);
      const text = new TextDecoder().decode((await this.fetch(list)).body);
      const { header, key, segment } = read(text, at);
      for (const uri of [header, key, segment]) if (uri !== undefined) void this.fetch(new URL(uri, list).href);
    } catch {
      // What is missing is loaded by hls.js.
    }
  }

  /** What was fetched from there, once; undefined when it was not asked for. */
  take(url: string): Promise<Warmed> | undefined {
    const whole = new URL(url, globalThis.location?.href).href;
    const found = this.kept.get(whole);
    this.kept.delete(whole);
    return found;
  }

  private fetch(url: string): Promise<Warmed> {
    const answer = this.get(url);
    answer.catch(() => undefined); // whoever takes it hears of it
    this.kept.set(url, answer);
    return answer;
  }
}

/** What a media playlist names. */
interface Named {
  header: string | undefined;
  key: string | undefined;
  segment: string | undefined;
}

/** Finds a media playlist's header, its key and the segment in which a second lies (RFC 8216 section 4.3). */
export function read(playlist: string, at: number): Named {
  const header = /#EXT-X-MAP:[^\n]*URI="([^"]+)"/.exec(playlist)?.[1];
  const key = /#EXT-X-KEY:[^\n]*URI="([^"]+)"/.exec(playlist)?.[1];
  const segments = /#EXTINF:([\d.]+)[^\n]*\n(?:#[^\n]*\n)*([^#\s]+)/g;
  for (let end = 0, found = segments.exec(playlist); found !== null; found = segments.exec(playlist)) {
    end += Number(found[1]);
    if (at < end) return { header, key, segment: found[2] };
  }
  return { header, key, segment: undefined };
}

/** Longest waits for an answer to begin and to be complete: behind them hls.js asks by itself, with its own patience. */
const firstMs = 10_000;
const wholeMs = 40_000;

async function fetched(url: string): Promise<Warmed> {
  const asked = performance.now();
  const late = new AbortController();
  let timer = setTimeout(() => late.abort(), firstMs);
  try {
    const response = await fetch(url, { credentials: "same-origin", signal: late.signal });
    if (!response.ok) throw new Error(String(response.status));
    const first = performance.now();
    clearTimeout(timer);
    timer = setTimeout(() => late.abort(), wholeMs);
    const body = await response.arrayBuffer();
    return { body, url, asked, first, end: performance.now() };
  } finally {
    clearTimeout(timer);
  }
}
