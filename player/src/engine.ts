// The engine behind the <video>: hls.js where Media Source Extensions are, the
// browser's own HLS where that is better or all there is, and one MP4 for
// browsers with neither. hls.js is a chunk of its own (hls-engine.ts), loaded
// only where it plays.

import { plays } from "./plays";
import type { Warm } from "./warm";

/** Why play cannot go on. With "browser" there is nothing that this one could play. */
export type Trouble = "denied" | "network" | "media" | "browser";

/** Where a recording is: its multivariant playlist, and the one file for players without HLS. */
export interface Sources {
  manifest: string;
  fallback: string;
}

/** What is fetched ahead, and the rung to begin with. */
export interface Start {
  warm: Warm;
  rung: string;
}

export interface EngineEvents {
  /** A request was refused and will be repeated soon: time for fresh cookies. */
  denied(): void;
  /** Play cannot go on by itself; why says it in the engine's words. */
  trouble(trouble: Trouble, why: string): void;
  /** The qualities are known, or the one in use changed. */
  levels(): void;
}

/** One quality of the stream. */
export interface Level {
  height: number;
  /** Bits a second, sound included, on average. */
  bitrate: number;
}

export interface Engine {
  readonly name: "hls.js" | "native" | "mp4";
  /** Loads a recording so that the first frame is the one at startAt (seconds). */
  load(from: Sources, startAt: number, start?: Start): void;
  /** Goes on after trouble with the network or the media, from where the video is. The video may be paused by it. */
  recover(trouble: Trouble): void;
  levels(): Level[];
  /** Height in use, 0 when unknown. */
  height(): number;
  /** -1 lets the engine choose; most is the greatest height it may choose then. */
  choose(level: number, most?: number): void;
  /** What the line was measured to give, in bits a second; 0 when it was not. */
  line(): number;
  destroy(): void;
}

/** Picks the engine (plays.ts). Undefined: this browser has no way to play the recording. */
export async function makeEngine(video: HTMLVideoElement, events: EngineEvents): Promise<Engine | undefined> {
  switch (plays()) {
    case "native":
      return new NativeEngine(video, events);
    case "hls.js":
      return new (await import("./hls-engine")).HlsEngine(video, events);
    case "mp4":
      return new Mp4Engine(video, events);
    default:
      return undefined;
  }
}

class NativeEngine implements Engine {
  readonly name: "native" | "mp4" = "native";
  private readonly stop = new AbortController();
  protected url = "";

  constructor(
    private readonly video: HTMLVideoElement,
    protected readonly events: EngineEvents,
  ) {
    video.addEventListener("error", () => this.failed(video.error?.code), { signal: this.stop.signal });
  }

  load({ manifest }: Sources, startAt: number): void {
    this.open(manifest, startAt);
  }

  protected open(url: string, startAt: number): void {
    this.url = url;
    this.video.src = startAt > 0 ? `${url}#t=${startAt}` : url;
    if (startAt > 0) this.video.addEventListener("loadedmetadata", () => this.jump(startAt), { once: true });
  }

  /** A video element does not tell a refusal from a lost connection. */
  protected failed(code: number | undefined): void {
    this.events.trouble(code === MediaError.MEDIA_ERR_NETWORK || code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED ? "denied" : "media", `media error ${code ?? ""}`);
  }

  private jump(to: number): void {
    if (Math.abs(this.video.currentTime - to) > 0.5) this.video.currentTime = to;
  }

  recover(): void {
    this.open(this.url, this.video.currentTime);
  }

  levels(): Level[] {
    return [];
  }

  height(): number {
    return this.video.videoHeight;
  }

  choose(): void {
    // The browser chooses.
  }

  line(): number {
    return 0;
  }

  destroy(): void {
    this.stop.abort();
    this.video.removeAttribute("src");
  }
}

/** One file over byte ranges, in one quality; the video element does the rest. */
class Mp4Engine extends NativeEngine {
  override readonly name = "mp4";

  override load({ fallback }: Sources, startAt: number): void {
    this.open(fallback, startAt);
  }

  /** The file comes from the API, which can be asked what is the matter. */
  protected override failed(): void {
    void fetch(this.url, { method: "HEAD", credentials: "same-origin" }).then(
      ({ status }) => this.events.trouble(verdict(status), `mp4 ${status}`),
      () => this.events.trouble("network", "mp4 unreachable"),
    );
  }
}

function verdict(status: number): Trouble {
  if (status === 401 || status === 403) return "denied";
  if (status === 404) return "browser"; // processed before there were such files
  return status >= 400 ? "network" : "media";
}
