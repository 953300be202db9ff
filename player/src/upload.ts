// The upload page: choose or drop a file, watch it go, then watch what becomes
// of it. What is shown about the recording comes from the server alone.

import { actAs, call, Problem } from "./api";
import { Awake } from "./awake";
import { concerns, look } from "./check";
import { fingerprint } from "./fingerprint";
import { follow, reached, type RecordingState, type Stage } from "./follow";
import { Rate } from "./rate";
import { Uploader, type Phase } from "./uploader";
import { byId, t } from "./words";

/** A file that was sent before: to this webinar, or to another one. */
interface Known {
  fingerprint: string;
  state: string;
  filename: string;
  webinar?: string;
}

class UploadPage {
  private readonly root = byId("upload");
  private uploader: Uploader | undefined;
  private phaseNow: Phase = "checking";
  private readonly rate = new Rate();
  private readonly awake = new Awake();
  private size = 0;
  private followed = ""; // the recording whose state is shown

  constructor() {
    this.root.hidden = false;
    this.picking();
    byId("pause").onclick = () => this.togglePause();
    byId("cancel").onclick = () => void this.cancel();
    byId("another").onclick = () => (this.uploader === undefined ? this.chooseAgain() : location.reload());
    window.addEventListener("beforeunload", (e) => this.active() && e.preventDefault());
    this.earlier();
  }

  /** What stands from an earlier visit: an unfinished upload or one in the works. */
  private earlier(): void {
    const { recording, state, filename, link } = this.root.dataset;
    const name = this.unfinished();
    if (name !== undefined) byId("drop-text").textContent = t("upUnfinished", { name });
    if (recording === undefined || state === "uploading") return;
    if (state === "uploaded" || state === "processing" || link !== undefined) this.watch(recording, filename ?? "");
  }

  /** The file whose upload was begun and is not finished; another one may have been sent since. */
  private unfinished(): string | undefined {
    const { state, filename } = this.root.dataset;
    return state === "uploading" ? (filename ?? "") : this.files().find((f) => f.state === "uploading" && f.webinar === undefined)?.filename;
  }

  /** Leaves what is being watched to itself. */
  private chooseAgain(): void {
    this.followed = "";
    for (const id of ["progress", "another", "details", "rehearsal", "stages"]) document.getElementById(id)?.toggleAttribute("hidden", true);
    byId("drop").hidden = false;
    byId("file").focus();
  }

  private picking(): void {
    const input = byId<HTMLInputElement>("file");
    const drop = byId("drop");
    input.onchange = () => void this.chosen(input.files?.[0]);
    drop.addEventListener("dragover", (e) => {
      e.preventDefault();
      drop.classList.add("over");
    });
    for (const event of ["dragleave", "drop"]) drop.addEventListener(event, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (e) => {
      e.preventDefault();
      void this.chosen(e.dataTransfer?.files[0]);
    });
  }

  /** Looks at the file first, unless it is one that is continued. */
  private async chosen(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    if (file.size === 0) {
      this.problem(t("upEmpty"));
      return;
    }
    this.problem("");
    this.size = file.size;
    this.showProgress(file.name);
    byId("size").textContent = megabytes(file.size);
    this.root.dataset.phase = "looking";
    this.status(t("upLooking"));
    try {
      const print = await fingerprint(file);
      const known = this.files().find((f) => f.fingerprint === print);
      const warnings = known?.state === "uploading" && known.webinar === undefined ? [] : await this.warnings(file, known);
      if (warnings.length === 0) this.start(file, print);
      else this.warn(warnings, () => this.start(file, print));
    } catch {
      this.phase("failed", file.name, t("upRead"));
    }
  }

  /** The files that were sent to this webinar, the newest first, then those of the presenter's others. */
  private files(): Known[] {
    return (JSON.parse(this.root.dataset.known ?? "[]") as Known[] | null) ?? [];
  }

  private async warnings(file: File, known: Known | undefined): Promise<string[]> {
    const planned = Number(this.root.dataset.planned ?? 0);
    const found = await look(file);
    const words = found === undefined ? [] : concerns(found, planned).map((c) => t(`upConcern.${c}`, { minutes: Math.round(found.durationS / 60), planned: Math.round(planned / 60) }));
    if (known !== undefined) words.unshift(known.webinar === undefined ? t("upConcern.known", { name: known.filename }) : t("upConcern.elsewhere", { webinar: known.webinar }));
    const other = this.unfinished();
    if (other !== undefined) words.unshift(t("upConcern.unfinished", { name: other }));
    return words;
  }

  /** Says what was found and lets the presenter decide. */
  private warn(warnings: string[], send: () => void): void {
    this.root.dataset.phase = "warned";
    this.status(t("upWarned"));
    byId("bar").hidden = true;
    byId("warnings").hidden = false;
    byId("warning-list").replaceChildren(...warnings.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    byId("other-file").onclick = () => location.reload();
    byId("send-anyway").onclick = () => {
      byId("bar").hidden = false;
      byId("warnings").hidden = true;
      send();
    };
    byId("send-anyway").focus();
  }

  private start(file: File, print: string): void {
    this.uploader = new Uploader(this.root.dataset.webinar ?? "", file, print, {
      phase: (phase, message) => this.phase(phase, file.name, message),
      progress: (sent) => this.progress(sent),
    });
    void this.uploader.run();
  }

  private showProgress(name: string): void {
    byId("drop").hidden = true;
    byId("progress").hidden = false;
    byId("name").textContent = name;
  }

  private active(): boolean {
    return this.uploader !== undefined && !["done", "failed", "paused"].includes(this.phaseNow);
  }

  private phase(phase: Phase, name: string, message = ""): void {
    this.phaseNow = phase;
    this.root.dataset.phase = phase;
    const words: Record<Phase, string> = {
      checking: "upChecking", sending: "upSending", retrying: "upRetrying", offline: "upOffline",
      paused: "upPaused", finishing: "upFinishing", done: "state.uploaded", failed: "upFailed",
    };
    this.status(t(words[phase]));
    const pause = byId("pause");
    pause.hidden = ["done", "failed", "finishing", "checking"].includes(phase);
    pause.textContent = t(phase === "paused" ? "upContinue" : "upPause");
    byId("cancel").hidden = pause.hidden;
    byId("another").hidden = phase !== "failed";
    if (phase === "failed") this.problem(message || t("upRead"));
    if (phase !== "sending") this.rate.clear();
    this.awake.keep(this.active());
    if (phase === "done") this.watch(this.uploader?.recording ?? "", name);
  }

  private progress(sent: number): void {
    byId<HTMLProgressElement>("bar").value = (sent / this.size) * 100;
    this.rate.note(sent, performance.now());
    byId("detail").textContent = t("upDetail", { sent: megabytes(sent), size: megabytes(this.size), left: this.left() });
  }

  /** How long it will take, once the speed is known. */
  private left(): string {
    const seconds = this.rate.left(this.size, performance.now());
    if (seconds === undefined) return "…";
    const minutes = Math.ceil(seconds / 60);
    return minutes <= 1 ? t("upLeftSoon") : t("upLeftMinutes", { minutes });
  }

  private togglePause(): void {
    if (this.phaseNow === "paused") void this.uploader?.run();
    else this.uploader?.stop();
  }

  private async cancel(): Promise<void> {
    await this.uploader?.cancel().catch(() => undefined);
    this.uploader = undefined;
    location.reload();
  }

  /** The file has arrived; from here on the server tells. */
  private watch(recording: string, name: string): void {
    this.showProgress(name);
    this.root.dataset.recording = recording;
    byId("another").hidden = this.root.dataset.link !== undefined; // it takes one recording
    byId("detail").textContent = "";
    this.followed = recording;
    const current = (show: () => void) => this.followed === recording && show();
    follow(recording, (state) => current(() => this.showState(state)), () => current(() => this.status(t("state.unknown"))));
  }

  private showState(recording: RecordingState): void {
    this.root.dataset.state = recording.state;
    byId<HTMLProgressElement>("bar").value = recording.state === "ready" ? 100 : recording.progress * 100;
    this.status(this.stateWords(recording));
    this.next(recording.state);
    this.problem(recording.error?.message ?? recording.warnings?.[0]?.message ?? "");
    const list = byId("stages");
    const stages = reached(recording);
    list.hidden = stages.length === 0;
    list.replaceChildren(...stages.map(stage));
  }

  private stateWords(recording: RecordingState): string {
    const minutes = Math.ceil((recording.eta_s ?? 0) / 60);
    if (recording.state === "processing" && minutes > 0) return t(minutes === 1 ? "state.processingSoon" : "state.processingEta", { minutes });
    if (recording.state !== "ready") return t(`state.${recording.state}`);
    if (recording.published_at === null) return t("state.readyUnpublished");
    return t(this.root.dataset.rehearsed === undefined ? "state.ready" : "state.readyRehearsed");
  }

  /** Where to go from here; whoever came by a link has nowhere to go. */
  private next(state: string): void {
    const details = byId<HTMLAnchorElement>("details");
    details.hidden = this.root.dataset.link !== undefined || state === "failed";
    details.href = `/recordings/${encodeURIComponent(this.followed)}`;
    details.classList.toggle("secondary", state !== "ready" || this.root.dataset.rehearsed !== undefined);
    document.getElementById("rehearsal")?.toggleAttribute("hidden", state !== "ready");
  }

  private status(text: string): void {
    const line = byId("status");
    if (line.textContent !== text) line.textContent = text;
  }

  private problem(text: string): void {
    const line = byId("problem");
    line.hidden = text === "";
    line.textContent = text;
    if (text !== "") byId("progress").hidden = false;
  }
}

function stage(s: Stage): HTMLLIElement {
  const words: Record<string, string> = { done: "stageDone", running: "stageRunning", failed: "stageFailed" };
  const item = document.createElement("li");
  item.className = s.state;
  const name = document.createElement("span");
  name.textContent = t(`stage.${s.name}`);
  const state = document.createElement("span");
  state.className = "meta";
  const parts = s.state === "running" && s.chunks ? s.chunks : undefined;
  state.textContent = parts ? t("stageParts", { ...parts }) : t(words[s.state] ?? "stageWaiting");
  item.append(name, " ", state);
  return item;
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The answer of GET /v1/upload_link. */
interface Link {
  webinar_id: string;
  title: string;
  planned_s: number;
  expires_at: string;
  used: boolean;
  recording_id?: string;
  state?: string;
  filename?: string;
}

/** Asks what the link is for whose secret is in the address. */
async function byLink(root: HTMLElement): Promise<void> {
  actAs(decodeURIComponent(location.hash.slice(1)));
  const link = await call<Link>("GET", "/v1/upload_link");
  byId("link-title").textContent = link.title;
  const ends = byId("link-ends");
  ends.textContent = t("upLinkEnds", { time: new Date(link.expires_at).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }) });
  ends.hidden = link.used;
  Object.assign(root.dataset, { webinar: link.webinar_id, planned: String(link.planned_s) });
  if (link.recording_id !== undefined) Object.assign(root.dataset, { recording: link.recording_id, state: link.state, filename: link.filename });
}

async function open(): Promise<void> {
  const root = byId("upload");
  try {
    if (root.dataset.link !== undefined) await byLink(root);
    new UploadPage();
  } catch (error) {
    const line = byId("link-problem");
    line.hidden = false;
    line.textContent = t(error instanceof Problem && error.passing ? "state.unknown" : "upLinkOver");
  }
}

void open();
