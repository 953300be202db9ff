// The engine behind the <video>: hls.js where Media Source Extensions are, the
// browser's own HLS where that is better or all there is, and one MP4 for
// browsers with neither. This file is a chunk of its own, so that the page's
// shell stays small.

import Hls, { type ErrorData, ErrorTypes, Events, type LoadPolicy } from "hls.js/light";

/** Why play cannot go on. With "browser" there is nothing that this one could play. */
export type Trouble = "denied" | "network" | "media" | "browser";

/** Where a recording is: its multivariant playlist, and the one file for players without HLS. */
export interface Sources {
  manifest: string;
  fallback: string;
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
  bitrate: number;
}

export interface Engine {
  readonly name: "hls.js" | "native" | "mp4";
  /** Loads a recording so that the first frame is the one at startAt (seconds). */
  load(from: Sources, startAt: number): void;
  /** Goes on after trouble with the network or the media, from where the video is. */
  recover(trouble: Trouble): void;
  levels(): Level[];
  /** Height in use, 0 when unknown. */
  height(): number;
  /** -1 lets the engine choose. */
  choose(level: number): void;
  destroy(): void;
}

const appleHls = "application/vnd.apple.mpegurl";
const plainMp4 = 'video/mp4; codecs="avc1.64001E, mp4a.40.2"';

/**
 * Picks the engine. Safari with ManagedMediaSource plays HLS itself and keeps
 * AirPlay and its full screen. canPlayType alone is no ground: Chromium
 * answers "maybe". Without Media Source Extensions it is all there is, and then
 * comes the MP4. Undefined: this browser has no way to play the recording.
 */
export function makeEngine(video: HTMLVideoElement, events: EngineEvents): Engine | undefined {
  const native = video.canPlayType(appleHls) !== "";
  if (native && "ManagedMediaSource" in window) return new NativeEngine(video, events);
  if (Hls.isSupported()) return new HlsEngine(video, events);
  if (native) return new NativeEngine(video, events);
  return video.canPlayType(plainMp4) === "" ? undefined : new Mp4Engine(video, events);
}

function refused(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

class HlsEngine implements Engine {
  readonly name = "hls.js";
  private hls: Hls | undefined;
  private url = "";

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: EngineEvents,
  ) {}

  load({ manifest }: Sources, startAt: number): void {
    this.open(manifest, startAt);
  }

  private open(url: string, startAt: number): void {
    this.hls?.destroy();
    this.url = url;
    // Measured: these with the defaults for the rest give the earliest first
    // frame, and no segment before it is asked for.
    const hls = new Hls({
      startPosition: startAt,
      abrEwmaDefaultEstimate: 500_000,
      capLevelToPlayerSize: true,
      maxDevicePixelRatio: 2,
      maxBufferLength: 30,
      maxMaxBufferLength: 120,
      backBufferLength: 30,
      lowLatencyMode: false,
      progressive: false,
      enableWorker: false,
      fragLoadPolicy: this.patient(Hls.DefaultConfig.fragLoadPolicy),
      keyLoadPolicy: this.patient(Hls.DefaultConfig.keyLoadPolicy),
      playlistLoadPolicy: this.patient(Hls.DefaultConfig.playlistLoadPolicy),
    });
    this.hls = hls;
    hls.on(Events.ERROR, (_, data) => this.failed(data));
    hls.on(Events.MANIFEST_PARSED, () => this.events.levels());
    hls.on(Events.LEVEL_SWITCHED, () => this.events.levels());
    hls.attachMedia(this.video);
    hls.loadSource(url);
  }

  recover(trouble: Trouble): void {
    if (trouble === "media") this.hls?.recoverMediaError();
    else if (this.hls?.levels.length) this.hls.startLoad(-1);
    else this.open(this.url, this.video.currentTime);
  }

  levels(): Level[] {
    return (this.hls?.levels ?? []).map(({ height, bitrate }) => ({ height, bitrate }));
  }

  height(): number {
    const hls = this.hls;
    return hls?.levels[hls.currentLevel]?.height ?? 0;
  }

  choose(level: number): void {
    if (this.hls !== undefined) this.hls.nextLevel = level;
  }

  destroy(): void {
    this.hls?.destroy();
    this.hls = undefined;
  }

  /**
   * hls.js takes a refusal for final and changes the quality. Here it mostly
   * means that the cookies ran out: ask for new ones and repeat the request.
   */
  private patient(policy: LoadPolicy): LoadPolicy {
    const retry = policy.default.errorRetry;
    if (retry === null) return policy;
    return {
      default: {
        ...policy.default,
        errorRetry: {
          ...retry,
          shouldRetry: (_, tries, _timeout, response, otherwise) => {
            if (!refused(response?.code)) return otherwise;
            this.events.denied();
            return tries < 3;
          },
        },
      },
    };
  }

  private failed(data: ErrorData): void {
    if (!data.fatal) return;
    const why = [data.details, data.response?.code ?? ""].join(" ").trim();
    if (refused(data.response?.code)) this.events.trouble("denied", why);
    else this.events.trouble(data.type === ErrorTypes.MEDIA_ERROR ? "media" : "network", why);
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
    const play = !this.video.paused;
    this.open(this.url, this.video.currentTime);
    if (play) void this.video.play();
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
  if (refused(status)) return "denied";
  if (status === 404) return "browser"; // processed before there were such files
  return status >= 400 ? "network" : "media";
}
