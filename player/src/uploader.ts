// Sends a file in parts straight to the storage: three at a time, one alone where
// the line is weak, each with its checksum, again and again until it is there. The server knows which parts it
// has, so a refresh, a sleep or another day continues where it stopped.

import { backoffMs, call, Problem } from "./api";
import { base64, sha256 } from "./fingerprint";
import { Lanes } from "./lanes";

/** The answer of POST /v1/webinars/{id}/recordings. */
interface Created {
  recording_id: string;
  part_size_bytes: number;
}

interface SignedPart {
  part_number: number;
  url: string;
  headers: Record<string, string> | null;
}

interface UploadStatus {
  state: string;
  parts: { part_number: number; size_bytes: number; sha256?: string }[] | null;
}

export type Phase = "checking" | "sending" | "retrying" | "offline" | "paused" | "finishing" | "done" | "failed";

/** What the page hears. */
export interface UploadListener {
  phase(phase: Phase, message?: string): void;
  /** Bytes that are in the storage or on their way. */
  progress(sent: number): void;
}

const atOnce = 3;
const signAhead = 6;
const stallMs = 60_000;

/** A part that was interrupted on purpose. */
class Stopped extends Error {}

export class Uploader {
  recording = "";
  private partSize = 0;
  private todo: number[] = [];
  private signed = new Map<number, SignedPart>();
  private signing: Promise<void> | undefined;
  private readonly sending = new Map<number, XMLHttpRequest>();
  private readonly inFlight = new Map<number, number>();
  private readonly lanes = new Lanes(atOnce);
  private stored = 0;
  private stopped = false;
  private compared = false;
  private checksums = true;

  constructor(
    private readonly webinar: string,
    private readonly file: File,
    private readonly fingerprint: string,
    private readonly listener: UploadListener,
  ) {}

  /** Runs until all is there, stop() is called, or it cannot go on. Call it again to continue. */
  async run(): Promise<void> {
    this.stopped = false;
    try {
      this.listener.phase("checking");
      await this.begin();
      await this.sendAll();
      this.listener.phase("done");
    } catch (error) {
      if (this.stopped) this.listener.phase("paused");
      else this.listener.phase("failed", error instanceof Error ? error.message : String(error));
    }
  }

  /** Interrupts; everything in the storage stays. */
  stop(): void {
    this.stopped = true;
    for (const xhr of this.sending.values()) xhr.abort();
  }

  /** Stops and gives the upload up, also on the server. */
  async cancel(): Promise<void> {
    this.stop();
    if (this.recording !== "") await call("DELETE", this.path(""));
  }

  private path(rest: string): string {
    return `/v1/recordings/${encodeURIComponent(this.recording)}/upload${rest}`;
  }

  /** Creates the upload, or finds the unfinished one of the same file. */
  private async begin(): Promise<void> {
    this.checksums = globalThis.crypto?.subtle !== undefined;
    const body = {
      filename: this.file.name,
      size_bytes: this.file.size,
      content_type: this.file.type || "application/octet-stream",
      fingerprint: this.fingerprint,
      ...(this.checksums ? { checksum: "sha256" } : {}),
    };
    const created = await this.insist(() => call<Created>("POST", `/v1/webinars/${encodeURIComponent(this.webinar)}/recordings`, body));
    this.recording = created.recording_id;
    this.partSize = created.part_size_bytes;
  }

  private async sendAll(): Promise<void> {
    for (;;) {
      await this.findMissing();
      if (this.todo.length > 0) {
        this.listener.phase("sending");
        await Promise.all(Array.from({ length: atOnce }, () => this.sendSome()));
      }
      this.listener.phase("finishing");
      if (await this.complete()) return;
    }
  }

  /** Asks the server which parts are there; the answer alone is believed. */
  private async findMissing(): Promise<void> {
    const status = await this.insist(() => call<UploadStatus>("GET", this.path("")));
    const there = new Map((status.parts ?? []).map((p) => [p.part_number, p]));
    const count = status.state === "uploading" ? Math.ceil(this.file.size / this.partSize) : 0;
    this.todo = [];
    this.stored = count === 0 ? this.file.size : 0;
    for (let n = 1; n <= count; n++) {
      this.goOn();
      const part = there.get(n);
      if (part?.size_bytes === this.part(n).size && (await this.same(n, part.sha256))) this.stored += this.part(n).size;
      else this.todo.push(n);
    }
    this.compared = true;
    this.report();
  }

  /** Whether a part that was sent on another day is that of this file; sent in this run, it is. */
  private async same(n: number, sha256: string | undefined): Promise<boolean> {
    return this.compared || !sha256 || !this.checksums || sha256 === (await this.checksum(n));
  }

  /** False when the storage misses a part that was thought to be there. */
  private async complete(): Promise<boolean> {
    try {
      await this.insist(() => call("POST", this.path("/complete")));
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "upload_finished") return true;
      if (error.code === "upload_incomplete") return false;
      throw error;
    }
  }

  /** One of the three lanes. A part that fails goes back: whoever has a place next sends it. */
  private async sendSome(): Promise<void> {
    for (let tries = 0; ; ) {
      await this.lanes.enter();
      try {
        const n = this.todo.shift();
        if (n === undefined) return;
        if (await this.sendPart(n)) {
          this.lanes.arrived();
          tries = 0;
          continue;
        }
        this.lanes.failed();
        this.todo.unshift(n);
        await this.rest(tries++);
      } finally {
        this.lanes.leave();
      }
    }
  }

  /** False when it should be tried again. */
  private async sendPart(n: number): Promise<boolean> {
    this.goOn();
    const signed = await this.sign(n);
    this.goOn();
    const status = await this.put(n, signed);
    this.inFlight.delete(n);
    this.signed.delete(n); // a refused or used address is not used again
    this.goOn();
    if (status < 200 || status > 299) return false;
    this.stored += this.part(n).size;
    this.listener.phase("sending");
    this.report();
    return true;
  }

  /** Returns the address of part n; the next few are signed with it. */
  private async sign(n: number): Promise<SignedPart> {
    for (;;) {
      const signed = this.signed.get(n);
      if (signed !== undefined) return signed;
      this.signing ??= this.signBatch(n).finally(() => (this.signing = undefined));
      await this.signing;
    }
  }

  private async signBatch(n: number): Promise<void> {
    const numbers = [n, ...this.todo.slice(0, signAhead - 1)];
    const parts = await Promise.all(numbers.map(async (part_number) => ({ part_number, sha256: await this.checksum(part_number) })));
    const body = this.checksums ? { parts } : { part_numbers: numbers };
    const answer = await this.insist(() => call<{ parts: SignedPart[] }>("POST", this.path("/parts"), body));
    for (const p of answer.parts) this.signed.set(p.part_number, p);
  }

  private async checksum(n: number): Promise<string> {
    try {
      const hash = this.checksums ? await sha256(this.part(n)) : undefined;
      return hash === undefined ? "" : base64(hash);
    } catch {
      throw new FileChanged();
    }
  }

  private part(n: number): Blob {
    return this.file.slice((n - 1) * this.partSize, Math.min(n * this.partSize, this.file.size));
  }

  /** PUTs one part; 0 when no answer came. A part without a byte of progress for a minute is given up. */
  private put(n: number, signed: SignedPart): Promise<number> {
    return new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      let stall = 0;
      const alive = () => {
        clearTimeout(stall);
        stall = window.setTimeout(() => xhr.abort(), stallMs);
      };
      xhr.open("PUT", signed.url);
      for (const [name, value] of Object.entries(signed.headers ?? {})) {
        if (!/^(host|content-length)$/i.test(name)) xhr.setRequestHeader(name, value);
      }
      xhr.upload.onprogress = (e) => {
        alive();
        this.inFlight.set(n, e.loaded);
        this.report();
      };
      xhr.onloadend = () => {
        clearTimeout(stall);
        this.sending.delete(n);
        resolve(xhr.status);
      };
      this.sending.set(n, xhr);
      alive();
      xhr.send(this.part(n));
    });
  }

  private report(): void {
    let sent = this.stored;
    for (const bytes of this.inFlight.values()) sent += bytes;
    this.listener.progress(Math.min(sent, this.file.size));
  }

  /** Asks the server until it answers; a refusal is final. */
  private async insist<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      this.goOn();
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Problem) || !error.passing) throw error;
        await this.rest(tries);
      }
    }
  }

  private goOn(): void {
    if (this.stopped) throw new Stopped();
  }

  /** Waits before another try: until the connection is back, then a little by chance. */
  private async rest(tries: number): Promise<void> {
    this.goOn();
    const offline = navigator.onLine === false;
    this.listener.phase(offline ? "offline" : "retrying");
    await new Promise<void>((done) => {
      const timer = window.setTimeout(finish, offline ? 30_000 : backoffMs(tries));
      function finish() {
        clearTimeout(timer);
        window.removeEventListener("online", finish);
        done();
      }
      window.addEventListener("online", finish);
    });
  }
}

/** The file on the disk is not the one that was chosen any more. */
export class FileChanged extends Error {}
