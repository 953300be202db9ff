// How many parts are sent at a time. A weak line that drops one of three drops
// all of them: after an error one is sent alone, and others join as parts arrive.

const goodParts = 2; // that arrive before one more is sent beside them

export class Lanes {
  /** How many may be on their way now. */
  width: number;
  private busy = 0;
  private good = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly most: number) {
    this.width = most;
  }

  /** Waits for a place; leave() gives it back. */
  async enter(): Promise<void> {
    while (this.busy >= this.width) await new Promise<void>((go) => this.waiting.push(go));
    this.busy++;
  }

  leave(): void {
    this.busy--;
    for (const go of this.waiting.splice(0)) go();
  }

  failed(): void {
    this.width = 1;
    this.good = 0;
  }

  arrived(): void {
    if (this.width >= this.most || ++this.good < goodParts) return;
    this.width++;
    this.good = 0;
  }
}
