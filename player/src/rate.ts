// How fast something goes, by what came of it lately.

const windowMs = 30_000;
const leastMs = 3000;

export class Rate {
  private readonly seen: { at: number; amount: number }[] = [];

  /** Tells how much there is by now. */
  note(amount: number, at: number): void {
    const last = this.seen[this.seen.length - 1];
    if (last !== undefined && amount < last.amount) this.seen.length = 0; // something was lost and is sent again
    this.seen.push({ at, amount });
    while (this.seen.length > 2 && (this.seen[1]?.at ?? at) < at - windowMs) this.seen.shift();
  }

  /** Seconds until there is as much as total; undefined while that cannot be told. */
  left(total: number, at: number): number | undefined {
    const first = this.seen[0];
    const last = this.seen[this.seen.length - 1];
    if (first === undefined || last === undefined || at - first.at < leastMs) return undefined;
    const perMs = (last.amount - first.amount) / (at - first.at);
    return perMs > 0 ? (total - last.amount) / perMs / 1000 : undefined;
  }

  clear(): void {
    this.seen.length = 0;
  }
}
