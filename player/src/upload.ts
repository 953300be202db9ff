// The upload page: choose or drop a file, watch it go, then watch what becomes
// of it. What is shown about the recording comes from the server alone.

import { follow, type RecordingState, type Stage } from "./follow";
import { Uploader, type Phase } from "./uploader";
import { byId, t } from "./words";

class UploadPage {
  private readonly root = byId("upload");
  private uploader: Uploader | undefined;
  private phaseNow: Phase = "checking";
  private startedAt = 0;
  private startedWith = -1;
  private size = 0;

  constructor() {
    this.root.hidden = false;
    this.picking();
    byId("pause").onclick = () => this.togglePause();
    byId("cancel").onclick = () => void this.cancel();
    byId("another").onclick = () => location.reload();
    window.addEventListener("beforeunload", (e) => this.active() && e.preventDefault());
    this.earlier();
  }

  /** What stands from an earlier visit: an unfinished upload or one in the works. */
  private earlier(): void {
    const { recording, state, filename } = this.root.dataset;
    if (recording === undefined) return;
    if (state === "uploading") byId("drop-text").textContent = t("upUnfinished", { name: filename ?? "" });
    else if (state === "uploaded" || state === "processing") this.watch(recording, filename ?? "");
  }

  private picking(): void {
    const input = byId<HTMLInputElement>("file");
    const drop = byId("drop");
    input.onchange = () => this.start(input.files?.[0]);
    drop.addEventListener("dragover", (e) => {
      e.preventDefault();
      drop.classList.add("over");
    });
    for (const event of ["dragleave", "drop"]) drop.addEventListener(event, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (e) => {
      e.preventDefault();
      this.start(e.dataTransfer?.files[0]);
    });
  }

  private start(file: File | undefined): void {
    if (file === undefined) return;
    if (file.size === 0) {
      this.problem(t("upEmpty"));
      return;
    }
    this.problem("");
    this.size = file.size;
    this.showProgress(file.name);
    byId("size").textContent = megabytes(file.size);
    this.uploader = new Uploader(this.root.dataset.webinar ?? "", file, {
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
    if (phase === "paused") this.startedWith = -1;
    if (phase === "done") this.watch(this.uploader?.recording ?? "", name);
  }

  private progress(sent: number): void {
    byId<HTMLProgressElement>("bar").value = (sent / this.size) * 100;
    if (this.startedWith < 0) {
      this.startedWith = sent;
      this.startedAt = Date.now();
    }
    byId("detail").textContent = t("upDetail", { sent: megabytes(sent), size: megabytes(this.size), left: this.left(sent) });
  }

  /** How long it will take, once the speed is known. */
  private left(sent: number): string {
    const seconds = (Date.now() - this.startedAt) / 1000;
    const rate = (sent - this.startedWith) / seconds;
    if (seconds < 3 || !(rate > 0)) return "…";
    const minutes = Math.ceil((this.size - sent) / rate / 60);
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
    byId("another").hidden = false;
    byId("detail").textContent = "";
    follow(recording, (state) => this.showState(state), () => this.status(t("state.unknown")));
  }

  private showState(recording: RecordingState): void {
    this.root.dataset.state = recording.state;
    byId<HTMLProgressElement>("bar").value = recording.state === "ready" ? 100 : recording.progress * 100;
    const minutes = Math.ceil((recording.eta_s ?? 0) / 60);
    const eta = recording.state === "processing" && minutes > 0;
    this.status(t(eta ? "state.processingEta" : `state.${recording.state}`, { minutes }));
    this.problem(recording.error?.message ?? recording.warnings?.[0]?.message ?? "");
    const list = byId("stages");
    const stages = recording.stages ?? [];
    list.hidden = stages.length === 0;
    list.replaceChildren(...stages.map(stage));
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

new UploadPage();
