// What plays a recording in this browser. It is asked before hls.js is loaded,
// so that nobody loads it in vain.

/** The ways to play, best first where there are several. */
export type Way = "native" | "hls.js" | "mp4";

const appleHls = "application/vnd.apple.mpegurl";
const codecs = 'video/mp4; codecs="avc1.64001E, mp4a.40.2"';

/**
 * Picks the way. Safari with ManagedMediaSource plays HLS itself and keeps
 * AirPlay and its full screen. canPlayType alone is no ground: Chromium
 * answers "maybe". Without Media Source Extensions it is all there is, and then
 * comes the MP4. Undefined: this browser has no way to play the recording.
 */
export function plays(): Way | undefined {
  const video = document.createElement("video");
  const native = video.canPlayType(appleHls) !== "";
  if (native && "ManagedMediaSource" in window) return "native";
  if (hasMediaSource()) return "hls.js";
  if (native) return "native";
  return video.canPlayType(codecs) === "" ? undefined : "mp4";
}

/** The question of hls.js's own isSupported(), for what our recordings are made of. */
function hasMediaSource(): boolean {
  const source = window.MediaSource ?? (window as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource;
  return typeof source?.isTypeSupported === "function" && source.isTypeSupported(codecs);
}
