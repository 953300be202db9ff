// Runs as soon as it arrives, before the page is read to its end: asks for what
// takes longest. On a slow line this is most of the way to the first picture.
//
//   - the playback session, whose cookies open the recording; unless beats of an
//     earlier visit wait on this device: they go first, they decide where to resume
//   - hls.js, only in browsers that will play with it

import { keptKeys } from "./journal";
import { plays } from "./plays";

declare global {
  interface Window {
    /** The session that was asked for early; taken once. There, but undefined: the player has asked for itself. */
    roundsEarly?: Promise<Response> | undefined;
  }
}

const own = document.querySelector<HTMLScriptElement>("script[data-begin]");
const { webinar, engine } = own?.dataset ?? {};
if (webinar !== undefined && !("roundsEarly" in window) && plays() !== undefined && keptKeys().length === 0) {
  window.roundsEarly = fetch(`/v1/webinars/${encodeURIComponent(webinar)}/playback`, {
    method: "POST", credentials: "same-origin", headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang },
  });
  window.roundsEarly.catch(() => undefined); // whoever takes it hears of it
}
if (engine !== undefined && plays() === "hls.js") {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = engine;
  document.head.append(link);
}
