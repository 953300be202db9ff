// The player page. The order of events:
//
//   1. beats that an earlier visit could not deliver are sent;
//   2. a playback session is opened: it says where to start, and its cookies
//      open the recording;
//   3. the engine loads the stream at exactly that second;
//   4. what is watched is recorded and beaten to the server until the page goes.
//
// Trouble on the way never loses seconds: they are in the journal.

import { answerOf, backoffMs, call, Problem } from "./api";
import { Beats, type Ack } from "./beats";
import { Controls } from "./controls";
import { Coverage } from "./coverage";
import { makeEngine, type Engine, type Start, type Trouble } from "./engine";
import { Journal, keptKeys, localShelf } from "./journal";
import { Ledger, type Beat } from "./ledger";
import { firstRung, keepLine, lastLine, rungsOf } from "./line";
import { MissedMode } from "./missed";
import { Mark } from "./mark";
import { recall } from "./memory";
import { whatIsNext } from "./next";
import { Quality } from "./quality";
import { Questions } from "./questions";
import { beatsPath, claim, replay } from "./replay";
import { Tracker } from "./tracker";
import { plays } from "./plays";
import { Warm } from "./warm";
import { dueMs, Watchdog, type Remedy } from "./watchdog";
import { whence, type From } from "./whence";
import { byId, clock, t, timeOfDay, waitingWords } from "./words";

/** The answer of POST /v1/webinars/{id}/playback. */
interface Playback {
  session_id: string;
  manifest_url: string;
  fallback_url: string;
  resume_at_s: number;
  resume_from?: From | null;
  duration_s: number;
  watched_percent: number;
  watched: [number, number][];
  beat_interval_s: number;
  expires_at: string;
  viewer_code: string;
}

/** Everything of one playback session. */
interface Session {
  id: string;
  ledger: Ledger;
  beats: Beats;
  tracker: Tracker;
  quality: Quality;
}

/** Silence after which the cookies are renewed before play goes on. */
const staleMs = 90_000;

/** The longest that a tap on play waits for that: later the browser takes play for nobody's wish. */
const tapMs = 800;

/** The longest wait for the session that was asked for early. */
const earlyMs = 20_000;

/** How often the watchdog looks. */
const lookMs = 1000;

class PlayerPage {
  private readonly root = byId("player");
  private readonly video = byId<HTMLVideoElement>("video");
  private readonly webinar = this.root.dataset.webinar ?? "";
  private readonly coverage = new Coverage(Number(this.root.dataset.duration));
  private readonly journal = new Journal(localShelf());
  private readonly mark = new Mark(byId("stage"), this.video);
  private readonly controls: Controls;
  private readonly missed: MissedMode;
  private engine: Engine | undefined;
  private session: Session | undefined;
  private renewing: Promise<boolean> | undefined;
  private tries = 0;
  private mediaTries = 0;
  private denials = 0;
  private atEnd = false; // it was played to its end, and the server has not taken that yet
  private completed = byId("player").dataset.completed !== undefined;
  private wanted = false; // the video should move: it was started, and nobody has paused it
  private unsent = ""; // a report from before there was a session
  private told = false; // that the picture stands
  private readonly watchdog = new Watchdog();
  private askedAt: number | undefined; // when play was last asked for
  private why = ""; // what the engine said last

  constructor() {
    this.root.hidden = false;
    this.controls = new Controls(this.video, this.root, Number(this.root.dataset.duration) || 0, () => void this.togglePlay());
    this.missed = new MissedMode(this.webinar, {
      position: () => this.video.currentTime * 1000,
      seek: (ms) => (this.video.currentTime = ms / 1000),
      play: () => void (this.video.paused && this.togglePlay()),
      pause: () => this.video.pause(),
      save: () => this.session?.beats.beat() ?? Promise.resolve(false),
    });
    this.bigPlay(Number(this.root.dataset.resume) || 0);
    this.follow();
    this.lifecycle();
    this.mediaSession();
    new Questions(this.video);
    window.setInterval(() => this.look(), lookMs);
  }

  /** Opens a session and loads the stream; again after a takeover or a fault. */
  async start(at?: number): Promise<void> {
    this.curtain();
    this.state("starting");
    try {
      const playback = await this.playback();
      this.open(playback);
      await this.load(playback, at ?? playback.resume_at_s);
      this.tries = 0;
    } catch (error) {
      this.startFailed(error);
    }
  }

  /** The session that was asked for while the page was read (begin.ts), or a new one. */
  private async playback(): Promise<Playback> {
    const early = window.roundsEarly;
    window.roundsEarly = undefined;
    if (early !== undefined) return orLate(earlyMs, answerOf<Playback>(early));
    if (keptKeys().length > 0) await within(3000, replay(this.journal, Date.now()));
    return call<Playback>("POST", `/v1/webinars/${encodeURIComponent(this.webinar)}/playback`);
  }

  private open(playback: Playback): void {
    this.session?.beats.stop();
    const ledger = new Ledger(playback.session_id, this.webinar);
    const tracker = new Tracker((range) => {
      ledger.watched(range);
      this.coverage.watched(range);
      this.missed.watched(range);
    });
    const path = beatsPath(playback.session_id);
    const quality = new Quality();
    const beats = new Beats(ledger, this.journal, surroundings(path, quality), {
      saved: (ack) => this.saved(ack),
      waiting: (seconds) => this.waiting(seconds),
      refused: (problem) => this.refused(problem),
    }, playback.beat_interval_s * 1000);
    claim(playback.session_id);
    this.session = { id: playback.session_id, ledger, beats, tracker, quality };
    if (this.unsent !== "") quality.reported(this.unsent);
    this.unsent = "";
    this.root.dataset.session = playback.session_id;
    this.mark.show(playback.viewer_code);
    this.controls.setDuration(playback.duration_s);
    this.coverage.known(playback.watched);
    this.coverage.percent(playback.watched_percent);
  }

  private async load(playback: Playback, at: number): Promise<void> {
    this.bigPlay(at, at === playback.resume_at_s ? playback.resume_from : null);
    this.controls.show(at);
    this.controls.stream(playback.manifest_url);
    this.session?.ledger.at(at * 1000, this.video.playbackRate);
    const start = this.warm(playback.manifest_url, at);
    this.engine ??= await makeEngine(this.video, {
      denied: () => void this.renew(),
      trouble: (kind, why) => void this.trouble(kind, why),
      levels: () => this.levels(),
    });
    if (this.engine === undefined) {
      this.session?.quality.failed("no engine");
      this.curtain(t("errorBrowser"));
      return;
    }
    this.root.dataset.engine = this.engine.name;
    if (!this.video.paused) this.session?.quality.asked(this.askedAt ?? performance.now(), this.engine.name);
    if (this.engine.name !== "hls.js") this.video.poster = this.root.dataset.poster ?? ""; // phones show nothing before play
    this.engine.load({ manifest: playback.manifest_url, fallback: playback.fallback_url }, at, start);
    if (this.video.readyState < 2) this.video.addEventListener("loadeddata", () => this.later(), { once: true });
    else this.later();
  }

  /** Fetches the start of the stream while hls.js is on its way. */
  private warm(manifest: string, at: number): Start | undefined {
    const rung = firstRung(rungsOf(this.root.dataset.rungs ?? ""), recall("quality") === "saver" ? 0 : lastLine(Date.now()));
    if (rung === undefined || plays() !== "hls.js") return undefined;
    const warm = new Warm();
    void warm.start(manifest, rung.name, at);
    return { warm, rung: rung.name };
  }

  /** What can wait until the first picture is there. */
  private later(): void {
    void this.missed.refresh();
    for (const picture of Array.from(document.querySelectorAll<HTMLImageElement>("img[data-src]"))) {
      picture.src = picture.dataset.src ?? "";
      picture.removeAttribute("data-src");
    }
  }

  private startFailed(error: unknown): void {
    const problem = error instanceof Problem ? error : new Problem(-1, "", "");
    this.why = `start ${problem.status} ${problem.code || String(error)}`.slice(0, 120);
    if (problem.status === 401) this.signedOut();
    else if (problem.code === "device_limit") this.curtain(problem.message, t("signIn"), () => this.signInAgain());
    else if (problem.passing) this.networkCurtain(() => this.start());
    else this.broken(problem.message || t("errorStart"), t("retry"), () => this.start());
  }

  /** Records what is watched, from the video's own reports. */
  private follow(): void {
    const video = this.video;
    const on = (event: string, act: () => void) => video.addEventListener(event, act);
    on("timeupdate", () => this.moved());
    on("playing", () => this.playing());
    on("waiting", () => this.buffering());
    on("seeking", () => this.seeking());
    on("emptied", () => this.session?.tracker.emptied());
    on("seeked", () => this.turn());
    on("ratechange", () => this.turn());
    on("pause", () => this.rest());
    on("emptied", () => this.spinner(this.wanted));
    on("ended", () => {
      byId("ended").hidden = this.missed.on;
      this.atEnd = true;
      this.rest();
      this.missed.ended();
    });
    on("loadeddata", () => this.loaded());
    on("canplay", () => this.spinner(false));
    on("play", () => this.begins());
    for (const event of ["play", "seeking"]) on(event, () => (byId("ended").hidden = true));
  }

  private moved(): void {
    const video = this.video;
    this.controls.show(video.currentTime);
    if (video.seeking || !this.session) return;
    if (video.paused) return;
    this.track();
    this.session.beats.at(video.currentTime * 1000, video.playbackRate);
    this.missed.moved();
  }

  /** Play was asked for, here or by a key of the headphones. */
  private begins(): void {
    this.wanted = true;
    this.track();
    this.askedAt = performance.now();
    if (this.engine) this.session?.quality.asked(this.askedAt, this.engine.name);
    void this.renewIfStale();
  }

  private playing(): void {
    this.spinner(false);
    this.curtain();
    this.state("playing");
    this.mediaTries = this.denials = 0;
    this.track();
    this.session?.quality.playing();
    this.session?.beats.playing();
  }

  private buffering(): void {
    this.track();
    if (!this.video.seeking) this.session?.quality.waiting();
    this.spinner(true);
  }

  /** Tells the tracker where the video is; between a seek and its end nobody knows. */
  private track(): void {
    const video = this.video;
    if (video.seeking || video.readyState < 2) return;
    const at = [video.currentTime * 1000, performance.now(), video.playbackRate] as const;
    if (video.paused || video.ended) this.session?.tracker.rests(...at);
    else this.session?.tracker.moved(...at);
  }

  private seeking(): void {
    this.session?.tracker.seeking(this.video.currentTime * 1000, performance.now());
    this.session?.quality.seeking();
  }

  private levels(): void {
    if (!this.engine) return;
    this.controls.qualities(this.engine);
    this.session?.quality.rung(this.engine.height());
  }

  /** A seek ended or the speed changed. */
  private turn(): void {
    this.controls.show(this.video.currentTime);
    if (!this.session || this.video.readyState < 1) return;
    this.track();
    this.session.ledger.at(this.video.currentTime * 1000, this.video.playbackRate);
    if (this.root.dataset.state !== "starting") void this.session.beats.beat();
  }

  private rest(): void {
    this.wanted = false;
    this.track();
    this.state(this.video.ended ? "ended" : "paused");
    this.session?.ledger.at(this.video.currentTime * 1000, this.video.playbackRate);
    this.session?.quality.resting();
    this.session?.beats.resting();
    keepLine(this.engine?.line() ?? 0, Date.now());
  }

  private loaded(): void {
    this.track();
    this.root.dataset.firstFrame = String(this.video.currentTime);
    if (this.root.dataset.state === "starting") this.state("ready");
    if (this.video.paused) byId("big-play").hidden = false;
  }

  private async togglePlay(): Promise<void> {
    if (!this.video.paused) {
      this.video.pause();
      return;
    }
    byId("big-play").hidden = true;
    await within(tapMs, this.renewIfStale());
    await this.play();
  }

  /** Plays. A browser that wants a tap for it gets one: the big button is there again. */
  private async play(): Promise<void> {
    try {
      await this.video.play();
    } catch (error) {
      if ((error as DOMException).name !== "NotAllowedError") return; // broken off by a pause or by loading anew
      this.wanted = false;
      this.state("ready");
      this.spinner(false);
      byId("big-play").hidden = !byId("curtain").hidden;
    }
  }

  /** Has the engine go on after trouble; loading anew stops a video, and says nothing of it. */
  private recover(trouble: Trouble): void {
    this.engine?.recover(trouble);
    if (this.wanted && this.video.paused) void this.play();
  }

  /** What the watchdog sees, and what it wants to be done. */
  private look(): void {
    const video = this.video;
    const { buffered } = video;
    const loaded = Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)] as const);
    const wanted = this.wanted && !video.ended && (byId("curtain").hidden === true || this.told);
    const remedy = this.watchdog.look({ at: video.currentTime, wanted, loaded, hidden: document.hidden }, performance.now());
    if (remedy !== undefined) this.remedy(remedy);
    else if (this.told && !this.watchdog.standing) this.movesAgain();
    if (wanted && video.paused && video.readyState > 1) void this.play();
  }

  private remedy(remedy: Remedy): void {
    this.session?.quality.stood(dueMs[0]);
    this.why = `stands: ${remedy.kind}`;
    if (remedy.kind === "nudge") this.video.currentTime = remedy.to;
    else if (remedy.kind === "recover") this.recover("media");
    else if (remedy.kind === "rebuild") void this.reopen();
    else {
      this.broken(t("errorStands"), t("retry"), () => {
        this.watchdog.calm();
        void this.reopen();
      });
      this.told = true;
    }
  }

  private movesAgain(): void {
    this.told = false;
    this.curtain();
  }

  /** After a long silence the cookies may be gone: renew them before the video asks for more. */
  private async renewIfStale(): Promise<void> {
    const beats = this.session?.beats;
    if (beats && Date.now() - beats.lastAck > staleMs) await this.renew();
  }

  /** Gets fresh cookies with a beat; false when that did not work. */
  private renew(): Promise<boolean> {
    this.renewing ??= (this.session?.beats.beat() ?? Promise.resolve(false)).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async trouble(kind: Trouble, why: string): Promise<void> {
    this.why = why;
    if (kind === "network") this.networkCurtain(() => this.recover("network"));
    else if (kind === "denied") await this.denied();
    else if (kind === "browser") this.broken(t("errorBrowser"));
    else if (this.mediaTries++ < 2) this.recover("media");
    else this.broken(t("errorMedia"), t("retry"), () => this.reopen());
  }

  /** Fresh cookies did not help: the recording may have been replaced, so a new
   *  session is opened; after that the doctor decides. */
  private async denied(): Promise<void> {
    if (this.session?.beats.over) return; // whoever ended it has said why
    if (this.denials++ < 2) await this.reopen();
    else this.broken(t("errorNetwork"), t("retry"), () => this.reopen());
  }

  /** A new session, at the second where the video is; it plays on if it played. */
  private reopen(): Promise<void> {
    const video = this.video;
    if (this.wanted) video.addEventListener("loadeddata", () => void this.play(), { once: true });
    return this.start(video.readyState > 0 ? video.currentTime : undefined);
  }

  private networkTimer = 0;

  /** Says that the connection is the trouble, and tries again by itself. */
  private networkCurtain(again: () => unknown): void {
    const run = () => {
      clearTimeout(this.networkTimer);
      window.removeEventListener("online", run);
      this.curtain();
      again();
    };
    clearTimeout(this.networkTimer);
    this.networkTimer = window.setTimeout(run, backoffMs(Math.min(4, this.tries++)));
    window.addEventListener("online", run, { once: true });
    // What is loaded plays on: the words wait until the picture stands.
    if (this.video.paused || this.video.readyState < 3) this.broken(t("errorNetwork"), t("retry"), run);
  }

  private saved(ack: Ack): void {
    this.status("saved", t("saved", { time: timeOfDay(new Date()) }));
    this.coverage.percent(ack.watched_percent);
    this.tries = 0;
    const completed = ack.completed && !this.completed;
    if (completed) byId("requirement").textContent = t("completed");
    if (completed || this.atEnd) whatIsNext();
    this.completed = ack.completed;
    this.atEnd = false;
  }

  private waiting(seconds: number): void {
    this.status("waiting", waitingWords(seconds, navigator.onLine));
  }

  /** The server will take no more beats of this session. */
  private refused(problem: Problem): void {
    if (problem.status === 404 || problem.status === 410) {
      void this.reopen(); // the session is over, this page is not
      return;
    }
    this.video.pause();
    this.state("stopped");
    if (problem.status === 401) this.signedOut();
    else if (problem.code === "session_taken_over") this.curtain(t("takenOver"), t("continueHere"), () => this.start());
    else this.curtain(problem.message || t("errorWithdrawn"), t("retry"), () => this.start());
  }

  private signedOut(): void {
    this.curtain(t("errorSignedOut"), t("signIn"), () => toSignIn());
  }

  /** Ends this login: with a fresh one this device is the newest. */
  private async signInAgain(): Promise<void> {
    await call("DELETE", "/v1/auth/session").catch(() => undefined);
    toSignIn();
  }

  /** Pages end without notice; hidden is the last moment that is sure (MDN: visibilitychange). */
  private lifecycle(): void {
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.farewell());
    window.addEventListener("pagehide", () => this.farewell());
    window.addEventListener("online", () => this.session?.beats.online());
  }

  private farewell(): void {
    if (!this.session) return;
    if (!this.video.paused) this.moved();
    this.session.beats.farewell();
  }

  /** Keys on headphones and lock screens. */
  private mediaSession(): void {
    const media = navigator.mediaSession;
    if (media === undefined) return;
    const { title = "", presenters = "", program = "", poster } = this.root.dataset;
    media.metadata = new MediaMetadata({ title, artist: presenters, album: program, artwork: poster === undefined ? [] : [{ src: poster }] });
    media.setActionHandler("play", () => void (this.video.paused && this.togglePlay()));
    media.setActionHandler("pause", () => this.video.pause());
    media.setActionHandler("seekbackward", () => this.controls.skip(-10));
    media.setActionHandler("seekforward", () => this.controls.skip(10));
  }

  private bigPlay(at: number, from?: From | null): void {
    byId("big-play-text").textContent = at > 0 ? t("continueFrom", { time: clock(at) }) : t("start");
    byId("big-play-from").textContent = from ? whence(from, new Date()) : "";
    byId("big-play").onclick = () => {
      byId("play").focus();
      void this.togglePlay();
    };
    if (!this.video.paused) byId("big-play").hidden = true;
  }

  private state(name: string): void {
    this.root.dataset.state = name;
    if (name === "playing") byId("big-play").hidden = true;
  }

  private status(kind: string, text: string): void {
    const line = byId("status");
    line.dataset.kind = kind;
    if (line.textContent !== text) line.textContent = text;
  }

  private spinner(shown: boolean): void {
    byId("spinner").hidden = !shown;
  }

  /** Covers the video because play cannot go on, and notes why. */
  private broken(text: string, button = "", act: () => unknown = () => undefined): void {
    const why = this.why || "no connection";
    this.session?.quality.failed(why);
    this.curtain(text, button, act);
    this.later();
    const report = byId("curtain-report");
    report.hidden = false;
    report.onclick = () => void this.report(why);
  }

  /** Sends what is wrong with the session's next beat, and says what became of it. */
  private async report(why: string): Promise<void> {
    const said = byId("curtain-said");
    byId("curtain-report").hidden = true;
    said.textContent = t("reporting");
    if (this.session === undefined || this.session.beats.over) {
      said.textContent = await this.reportWithoutSession(why);
      return;
    }
    this.session.quality.reported(why);
    const words = t((await this.session.beats.beat()) ? "reported" : "reportWaits");
    said.textContent = words;
    this.status("reported", words); // stays when play is tried again meanwhile
  }

  /** Where no session could be opened a report has a way of its own; what cannot be sent goes with the first beat. */
  private async reportWithoutSession(why: string): Promise<string> {
    try {
      const { reference } = await call<{ reference: string }>("POST", `/v1/webinars/${encodeURIComponent(this.webinar)}/play_reports`, { code: why });
      this.status("reported", t("reportedAs", { code: reference })); // stays when play is tried again
      return t("reportedAs", { code: reference });
    } catch (error) {
      if (error instanceof Problem && !error.passing) return error.message || t("errorStart");
      if (error instanceof Problem && error.status === 429) return error.message;
      this.unsent = why;
      return t("reportWaits");
    }
  }

  /** Covers the video with words and one way on; without words it is lifted. */
  private curtain(text = "", button = "", act: () => unknown = () => undefined): void {
    byId("curtain").hidden = text === "";
    this.told = false;
    byId("curtain-text").textContent = text;
    byId("curtain-report").hidden = true;
    byId("curtain-said").textContent = "";
    const way = byId("curtain-button");
    way.hidden = button === "";
    way.textContent = button;
    way.onclick = () => act();
    if (text !== "") {
      this.spinner(false);
      byId("big-play").hidden = true;
    }
  }
}

function toSignIn(): void {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

function surroundings(path: string, quality: Quality) {
  return {
    send: async (beat: Beat) => {
      const events = quality.pending();
      const ack = await call<Ack>("POST", path, { ...beat, events });
      quality.told(events);
      return ack;
    },
    farewell: (beat: Beat) => {
      quality.leaving();
      const whole = { ...beat, events: quality.pending() };
      const body = new Blob([JSON.stringify(whole)], { type: "application/json" });
      if (!navigator.sendBeacon?.(path, body)) void call("POST", path, whole, true).catch(() => undefined);
    },
    now: () => Date.now(),
    later: (run: () => void, ms: number) => window.setTimeout(run, ms),
    cancel: (timer: number) => clearTimeout(timer),
  };
}

/** The outcome of work; a failed connection when it takes longer than ms. */
function orLate<T>(ms: number, work: Promise<T>): Promise<T> {
  return Promise.race([work, new Promise<T>((_, fail) => setTimeout(() => fail(new Problem(0, "unreachable", "late")), ms))]);
}

/** Waits for work, but no longer than ms. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, new Promise<void>((done) => setTimeout(done, ms))]);
}

void new PlayerPage().start();
