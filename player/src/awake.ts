// Keeps a computer from falling asleep while a file is being sent, where the
// browser can: a page that was hidden asks again when it is seen.

interface Lock {
  release(): Promise<void>;
}

export class Awake {
  private lock: Lock | undefined;
  private wanted = false;

  constructor() {
    document.addEventListener("visibilitychange", () => void this.follow());
  }

  keep(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    void this.follow();
  }

  private async follow(): Promise<void> {
    const locks = (navigator as { wakeLock?: { request(type: "screen"): Promise<Lock> } }).wakeLock;
    try {
      if (!this.wanted) {
        await this.lock?.release();
        this.lock = undefined;
      } else if (document.visibilityState === "visible") {
        this.lock = await locks?.request("screen");
        if (!this.wanted) await this.lock?.release();
      }
    } catch {
      // Refused, on low battery for instance: the upload goes on, and after a sleep too.
    }
  }
}
