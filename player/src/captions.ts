// Captions: a button that switches them, a choice of languages when there are
// several. What was chosen holds on this device. Nothing is loaded before.

import { recall, remember } from "./memory";
import { byId } from "./words";

/** Lines from the bottom edge at which captions stand clear of the buttons. */
const clearOfButtons = -4;

export class Captions {
  private readonly tracks: TextTrack[];
  private readonly button = byId("captions");
  private readonly choice = byId<HTMLSelectElement>("caption-language");
  private chosen: number;

  constructor(private readonly video: HTMLVideoElement) {
    this.tracks = Array.from(video.textTracks);
    this.button.hidden = this.tracks.length === 0;
    const kept = recall("captions") ?? "";
    this.chosen = this.best([kept, ...navigator.languages]);
    this.choice.replaceChildren(...this.tracks.map((t, i) => new Option(nameOf(t), String(i))));
    this.button.onclick = () => this.show(!this.shown);
    this.choice.onchange = () => {
      this.chosen = Number(this.choice.value);
      this.show(true);
    };
    for (const element of Array.from(video.querySelectorAll("track"))) element.addEventListener("load", () => lift(element.track));
    if (this.tracks.length > 0) this.show(kept !== "", true);
  }

  private get shown(): boolean {
    return this.tracks[this.chosen]?.mode === "showing";
  }

  /** The first wish that can be met, by the whole tag or by its language. */
  private best(wishes: readonly string[]): number {
    for (const wish of wishes.filter((w) => w !== "")) {
      const exact = this.tracks.findIndex((t) => t.language === wish);
      const near = this.tracks.findIndex((t) => t.language.split("-")[0] === wish.split("-")[0]);
      if (exact >= 0 || near >= 0) return exact >= 0 ? exact : near;
    }
    return 0;
  }

  private show(on: boolean, first = false): void {
    this.tracks.forEach((t, i) => (t.mode = on && i === this.chosen ? "showing" : "disabled"));
    this.choice.value = String(this.chosen);
    byId("caption-choice").hidden = !on || this.tracks.length < 2;
    this.button.setAttribute("aria-pressed", String(on));
    this.video.dataset.captions = on ? this.tracks[this.chosen]?.language : "";
    if (!first) remember("captions", on ? (this.tracks[this.chosen]?.language ?? "") : "");
  }
}

/** Moves captions that stand at the bottom above the buttons. */
function lift(track: TextTrack): void {
  for (const cue of Array.from(track.cues ?? [])) {
    if (cue instanceof VTTCue && cue.line === "auto") cue.line = clearOfButtons;
  }
  if (track.mode !== "showing") return;
  track.mode = "hidden"; // Chromium draws what is on the picture already only once
  requestAnimationFrame(() => track.mode === "hidden" && (track.mode = "showing"));
}

/** A language by its own name, as those who speak it look for it. */
function nameOf(track: TextTrack): string {
  try {
    const name = new Intl.DisplayNames([track.language], { type: "language" }).of(track.language);
    if (name !== undefined && name !== track.language) return name.charAt(0).toLocaleUpperCase(track.language) + name.slice(1);
  } catch {
    // A browser without names of languages: the page's own word for it.
  }
  return track.label || track.language;
}
