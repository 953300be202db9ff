// hls.js behind the <video>. This file is a chunk of its own: the page's shell
// stays small, and browsers that play without hls.js never load it.

import Hls, { type ErrorData, ErrorTypes, Events, type LoadPolicy } from "hls.js/light";
import type { Engine, EngineEvents, Level, Sources, Start, Trouble } from "./engine";
import { loaderOf } from "./loader";

/** Plays with hls.js. */
export class HlsEngine implements Engine {
  readonly name = "hls.js";
  private hls: Hls | undefined;
  private url = "";
  private chosen = -1;
  private most = Infinity;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: EngineEvents,
  ) {}

  load({ manifest }: Sources, startAt: number, start?: Start): void {
    this.open(manifest, startAt, start);
  }

  private open(url: string, startAt: number, start?: Start): void {
    this.hls?.destroy();
    this.url = url;
    // Measured: these with the defaults for the rest give the earliest first
    // frame, and no segment before it is asked for.
    const hls = new Hls({
      ...(start && { loader: loaderOf(start.warm) }),
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
    hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
      const first = levels.findIndex((l) => l.url.some((u) => u.includes(`/${start?.rung}/`)));
      if (first >= 0) hls.startLevel = first;
      this.choose(this.chosen, this.most);
      this.events.levels();
    });
    hls.on(Events.LEVEL_SWITCHED, () => this.events.levels());
    // A video that stops short of its end without saying so is led there.
    hls.on(Events.MEDIA_ENDED, (_, { stalled }) => stalled && (this.video.currentTime = this.video.duration));
    hls.attachMedia(this.video);
    hls.loadSource(url);
  }

  recover(trouble: Trouble): void {
    if (trouble === "media") this.hls?.recoverMediaError();
    else if (this.hls?.levels.length) this.hls.startLoad(-1);
    else this.open(this.url, this.video.currentTime);
  }

  levels(): Level[] {
    return (this.hls?.levels ?? []).map(({ height, averageBitrate, bitrate }) => ({ height, bitrate: averageBitrate || bitrate }));
  }

  height(): number {
    const hls = this.hls;
    return hls?.levels[hls.currentLevel]?.height ?? 0;
  }

  choose(level: number, most = Infinity): void {
    [this.chosen, this.most] = [level, most];
    const { hls } = this;
    if (hls === undefined || hls.levels.length === 0) return;
    const cap = hls.levels.reduce((found, l, i) => (l.height <= most ? i : found), 0);
    hls.autoLevelCapping = most === Infinity ? -1 : cap;
    if (level !== hls.nextLevel && (level >= 0 || !hls.autoLevelEnabled)) hls.nextLevel = level;
  }

  line(): number {
    const estimate = this.hls?.bandwidthEstimate ?? NaN;
    return Number.isFinite(estimate) ? estimate : 0;
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

/** Whether an answer means that the right to the files is missing. */
function refused(status: number | undefined): boolean {
  return status === 401 || status === 403;
}
