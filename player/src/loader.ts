// hls.js's loader, which finds what was fetched ahead (warm.ts) and loads the
// rest as hls.js does.

import Hls, { type HlsConfig, type Loader, type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from "hls.js/light";
import type { Warm, Warmed } from "./warm";

/** The loader's class, as hls.js's configuration takes it. */
export function loaderOf(warm: Warm): HlsConfig["loader"] {
  const Plain = Hls.DefaultConfig.loader;
  return class {
    private readonly plain: Loader<LoaderContext>;
    private over = false;
    context: LoaderContext | null = null;

    constructor(config: HlsConfig) {
      this.plain = new Plain(config);
    }

    get stats() {
      return this.plain.stats;
    }

    load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      this.context = context;
      const found = warm.take(context.url);
      const load = () => this.over || this.plain.load(context, config, callbacks);
      if (found === undefined) load();
      else void found.then((warmed) => this.over || this.hand(warmed, context, callbacks), load);
    }

    /** Hands over an answer with its true times, from which hls.js estimates the line. */
    private hand(warmed: Warmed, context: LoaderContext, callbacks: LoaderCallbacks<LoaderContext>): void {
      const data = context.responseType === "arraybuffer" ? warmed.body : new TextDecoder().decode(warmed.body);
      const { stats } = this;
      stats.loading.start = warmed.asked;
      stats.loading.first = warmed.first;
      stats.loading.end = warmed.end;
      stats.loaded = stats.total = warmed.body.byteLength;
      stats.bwEstimate = (stats.total * 8000) / Math.max(1, warmed.end - warmed.first);
      callbacks.onProgress?.(stats, context, data, null);
      callbacks.onSuccess({ url: warmed.url, data, code: 200 }, stats, context, null);
    }

    abort(): void {
      this.over = true;
      this.plain.abort();
    }

    destroy(): void {
      this.over = true;
      this.plain.destroy();
      this.context = null;
    }

    getCacheAge(): number | null {
      return this.plain.getCacheAge?.() ?? null;
    }

    getResponseHeader(name: string): string | null {
      return this.plain.getResponseHeader?.(name) ?? null;
    }
  } as unknown as HlsConfig["loader"];
}
