// The buttons around the video. They only ask the video; what they show follows
// from the video's own events.

import { Captions } from "./captions";
import { Chapters } from "./chapters";
import { Glimpses } from "./glimpses";
import { recall, remember } from "./memory";
import { byId, clock, t } from "./words";
import { Transcript } from "./transcript";
import type { Engine } from "./engine";

/** The greatest height that the data saver lets the engine choose. */
const saverHeight = 360;

const speeds = [0.75, 1, 1.25, 1.5, 1.75, 2];

/** A number that was kept on this device. */
function remembered(name: string): number | undefined {
  const value = Number(recall(name) ?? "nothing");
  return Number.isFinite(value) ? value : undefined;
}

/** Two taps within this time are one double tap. */
const doubleTapMs = 300;

/** A side of the picture: −1 the left third, 1 the right one, 0 between them. Pictures are not mirrored where text runs from the right. */
type Side = -1 | 0 | 1;

/** Where a finger touched the picture; 0 for a mouse, and where the browser does not tell. */
function touchedSide(e: MouseEvent, picture: Element): Side {
  if ((e as PointerEvent).pointerType !== "touch") return 0;
  const { left, width } = picture.getBoundingClientRect();
  const at = (e.clientX - left) / width;
  return at < 1 / 3 ? -1 : at > 2 / 3 ? 1 : 0;
}

export class Controls {
  private readonly seekBar = byId<HTMLInputElement>("seek");
  private readonly stage = byId("stage");
  private readonly glimpses: Glimpses;
  private dragging = false;
  private idleTimer = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly root: HTMLElement,
    private duration: number,
    private readonly togglePlay: () => void,
  ) {
    this.buttons();
    this.volume();
    this.speed();
    this.seekbar();
    const line = navigator as Navigator & { connection?: { saveData?: boolean } };
    this.glimpses = new Glimpses(this.seekBar, () => recall("quality") === "saver" || line.connection?.saveData === true);
    this.fullscreen();
    new Captions(video);
    new Chapters(video, (to) => this.jump(to));
    new Transcript(video, (to) => this.jump(to));
    this.pictureInPicture();
    this.hiding();
    root.addEventListener("keydown", (e) => this.key(e));
    for (const event of ["play", "pause", "ended", "emptied"]) video.addEventListener(event, () => this.showPlaying());
    this.showPlaying();
    this.show(Number(root.dataset.resume) || 0);
  }

  /** Shows a position in seconds, unless the reader is dragging. */
  show(position: number): void {
    if (this.dragging) return;
    this.seekBar.value = String(position);
    this.label(position);
  }

  /** Tells where the stream lies. */
  stream(manifest: string): void {
    this.glimpses.of(manifest);
  }

  setDuration(seconds: number): void {
    if (!(seconds > 0)) return;
    this.duration = seconds;
    this.seekBar.max = String(seconds);
    byId("length").textContent = clock(seconds);
  }

  /** Moves by seconds, within the video. */
  skip(seconds: number): void {
    this.seek(this.video.currentTime + seconds);
  }

  /** Offers the engine's qualities; the choice between automatic and saving data holds on this device. */
  qualities(engine: Engine): void {
    const levels = engine.levels().map((level, i) => ({ ...level, i })).filter(({ height }) => height > 0);
    const select = byId<HTMLSelectElement>("quality");
    byId("quality-choice").hidden = levels.length < 2;
    const label = (text: string, bitrate: number) => t("left", { quality: text, mb: this.megabytesLeft(bitrate) });
    const words = () => {
      const auto = engine.height() > 0 && select.value === "-1" ? t("autoAt", { height: engine.height() }) : t("auto");
      return [auto, t("saver"), ...levels.map((l) => label(t("height", { height: l.height }), l.bitrate)).reverse()];
    };
    if (select.options.length !== levels.length + 2) {
      const values = ["-1", "saver", ...levels.map(({ i }) => String(i)).reverse()];
      select.replaceChildren(...values.map((value) => new Option("", value)));
      select.value = recall("quality") === "saver" ? "saver" : "-1";
      const choose = () => (select.value === "saver" ? engine.choose(-1, saverHeight) : engine.choose(Number(select.value)));
      select.onchange = () => {
        remember("quality", select.value === "saver" ? "saver" : "auto");
        choose();
      };
      for (const event of ["pointerdown", "focus"]) select.addEventListener(event, () => this.relabel(select, words()));
      if (select.value === "saver") choose();
    }
    this.relabel(select, words());
  }

  private relabel(select: HTMLSelectElement, words: readonly string[]): void {
    words.forEach((text, i) => {
      const option = select.options[i];
      if (option !== undefined && option.text !== text) option.text = text;
    });
  }

  /** What the rest of the recording takes at so many bits a second, in whole megabytes. */
  private megabytesLeft(bitrate: number): number {
    return Math.max(1, Math.round((Math.max(0, this.duration - this.video.currentTime) * bitrate) / 8e6));
  }

  private seek(to: number): void {
    this.video.currentTime = Math.max(0, Math.min(this.duration, to));
    this.show(this.video.currentTime);
  }

  /** Goes somewhere and plays there. */
  private jump(to: number): void {
    this.seek(to);
    if (this.video.paused) this.togglePlay();
    this.root.scrollIntoView({ block: "nearest" });
  }

  private label(position: number): void {
    byId("now").textContent = clock(position);
    this.seekBar.setAttribute("aria-valuetext", t("position", { now: clock(position), length: clock(this.duration) }));
  }

  private buttons(): void {
    byId("play").onclick = this.togglePlay;
    byId("back").onclick = () => this.skip(-10);
    byId("forward").onclick = () => this.skip(10);
    this.taps();
  }

  /** A press plays or pauses; on a touch screen two quick taps at a side of the picture move by ten seconds. */
  private taps(): void {
    let waiting = 0;
    let last: Side = 0;
    this.video.onclick = (e) => {
      const side = touchedSide(e, this.video);
      const again = waiting !== 0 && side === last;
      clearTimeout(waiting);
      waiting = 0;
      last = side;
      if (again) this.skip(10 * side);
      else if (side === 0) this.togglePlay();
      else waiting = window.setTimeout(() => ((waiting = 0), this.togglePlay()), doubleTapMs);
    };
  }

  private showPlaying(): void {
    const playing = !this.video.paused && !this.video.ended;
    this.root.classList.toggle("playing", playing);
    byId("play").setAttribute("aria-label", t(playing ? "pause" : "play"));
  }

  private volume(): void {
    const bar = byId<HTMLInputElement>("volume");
    const button = byId("mute");
    const show = () => {
      const muted = this.video.muted || this.video.volume === 0;
      bar.value = String(this.video.muted ? 0 : this.video.volume);
      bar.setAttribute("aria-valuetext", `${Math.round(Number(bar.value) * 100)} %`);
      button.setAttribute("aria-label", t(muted ? "unmute" : "mute"));
      this.root.classList.toggle("muted", muted);
    };
    bar.oninput = () => {
      this.video.muted = false;
      this.video.volume = Number(bar.value);
      remember("volume", bar.value);
    };
    button.onclick = () => this.toggleMute();
    this.video.volume = Math.max(0, Math.min(1, remembered("volume") ?? 1));
    this.video.addEventListener("volumechange", show);
    show();
  }

  private toggleMute(): void {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 1;
  }

  private speed(): void {
    const select = byId<HTMLSelectElement>("speed");
    select.replaceChildren(...speeds.map((s) => new Option(`${s}×`, String(s))));
    const kept = remembered("speed") ?? 1;
    const speed = speeds.includes(kept) ? kept : 1;
    select.value = String(speed);
    this.video.defaultPlaybackRate = speed; // survives loading another source
    this.video.playbackRate = speed;
    select.onchange = () => {
      this.video.defaultPlaybackRate = this.video.playbackRate = Number(select.value);
      remember("speed", select.value);
    };
  }

  private seekbar(): void {
    this.setDuration(this.duration);
    this.seekBar.oninput = () => {
      this.dragging = true;
      this.label(Number(this.seekBar.value));
    };
    this.seekBar.onchange = () => {
      this.dragging = false;
      this.seek(Number(this.seekBar.value));
    };
  }

  private fullscreen(): void {
    const button = byId("fullscreen");
    const phone = this.video as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
    const possible = this.stage.requestFullscreen !== undefined || phone.webkitEnterFullscreen !== undefined;
    button.hidden = !possible;
    const show = () => button.setAttribute("aria-label", t(document.fullscreenElement ? "fullscreenEnd" : "fullscreen"));
    button.onclick = () => this.toggleFullscreen(phone);
    document.addEventListener("fullscreenchange", show);
    show();
  }

  /** The container goes full screen, so that the controls stay; iPhones allow the video alone. */
  private toggleFullscreen(phone: HTMLVideoElement & { webkitEnterFullscreen?: () => void }): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (this.stage.requestFullscreen !== undefined) void this.stage.requestFullscreen();
    else phone.webkitEnterFullscreen?.();
  }

  /** The picture in a small window of its own, above other programs. */
  private pictureInPicture(): void {
    const button = byId("pip");
    button.hidden = document.pictureInPictureEnabled !== true || this.video.requestPictureInPicture === undefined;
    const show = () => button.setAttribute("aria-pressed", String(document.pictureInPictureElement === this.video));
    button.onclick = () => {
      const turn = document.pictureInPictureElement === this.video ? document.exitPictureInPicture() : this.video.requestPictureInPicture();
      void turn.catch(() => undefined);
    };
    for (const event of ["enterpictureinpicture", "leavepictureinpicture"]) this.video.addEventListener(event, show);
    show();
  }

  /** While the video plays and nobody moves, the controls step back. */
  private hiding(): void {
    const wake = () => {
      this.root.classList.remove("idle");
      clearTimeout(this.idleTimer);
      this.idleTimer = window.setTimeout(() => {
        const busy = this.stage.querySelector(":focus-visible") !== null || this.dragging;
        if (!this.video.paused && !busy) this.root.classList.add("idle");
      }, 3000);
    };
    for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) this.stage.addEventListener(event, wake);
    for (const event of ["play", "pause"]) this.video.addEventListener(event, wake);
  }

  /** Keys work only while the focus is in the player (WCAG 2.1.4). */
  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target instanceof HTMLSelectElement) return;
    const act = this.action(e);
    if (act === undefined) return;
    e.preventDefault();
    act();
  }

  private action(e: KeyboardEvent): (() => void) | undefined {
    const onButton = e.target instanceof HTMLButtonElement;
    const onVolume = (e.target as Element).id === "volume";
    switch (e.key.toLowerCase()) {
      case " ":
        return onButton ? undefined : this.togglePlay;
      case "k":
        return this.togglePlay;
      case "j":
        return () => this.skip(-10);
      case "l":
        return () => this.skip(10);
      case "arrowleft":
        return onVolume ? undefined : () => this.skip(-5);
      case "arrowright":
        return onVolume ? undefined : () => this.skip(5);
      case "m":
        return () => this.toggleMute();
      case "f":
        return () => byId("fullscreen").click();
      case "c":
        return () => byId("captions").click();
      case "p":
        return () => byId("pip").click();
      case "?":
        return () => byId<HTMLDetailsElement>("keys").toggleAttribute("open");
      default:
        return /^[0-9]$/.test(e.key) ? () => this.seek((this.duration * Number(e.key)) / 10) : undefined;
    }
  }
}
