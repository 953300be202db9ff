// The videos on a recording's page: the uploaded file, and what is converted so
// far. Their addresses lead to links that live for ten minutes: after that they
// are asked for again. What the browser cannot play is said in words.

/** Least time between two new links, so that a broken file is not asked for for ever. */
const patienceMs = 30_000;

export function preview(video: HTMLVideoElement, words: HTMLElement): void {
  let renewed = -Infinity;
  video.addEventListener("error", () => {
    const lost = video.error?.code === MediaError.MEDIA_ERR_NETWORK || (video.currentTime > 0 && video.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED);
    if (!lost || performance.now() - renewed < patienceMs) {
      words.hidden = false;
      return;
    }
    renewed = performance.now();
    const at = video.currentTime;
    video.addEventListener("loadedmetadata", () => (video.currentTime = at), { once: true });
    video.load();
    void video.play().catch(() => undefined);
  });
  video.addEventListener("playing", () => (words.hidden = true));
}
