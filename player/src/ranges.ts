// Ranges of whole milliseconds on a recording's timeline: half-open, sorted,
// disjoint and not touching. The same arithmetic as the server's multirange.

export type Range = readonly [from: number, to: number];

/** Returns the union of ranges and one more; empty and backward ranges add nothing. */
export function add(ranges: readonly Range[], [from, to]: Range): Range[] {
  if (!(to > from)) return [...ranges];
  const out: Range[] = [];
  for (const r of ranges) {
    if (r[1] < from || r[0] > to) {
      out.push(r);
    } else {
      from = Math.min(from, r[0]);
      to = Math.max(to, r[1]);
    }
  }
  out.push([from, to]);
  return out.sort((a, b) => a[0] - b[0]);
}

/** Returns the union of both. */
export function union(a: readonly Range[], b: readonly Range[]): Range[] {
  return b.reduce<Range[]>((sum, r) => add(sum, r), [...a]);
}

/** Returns what is in a and not in b. */
export function subtract(a: readonly Range[], b: readonly Range[]): Range[] {
  let rest = [...a];
  for (const [from, to] of b) {
    rest = rest.flatMap(([f, t]): Range[] => {
      if (t <= from || f >= to) return [[f, t]];
      const parts: Range[] = [];
      if (f < from) parts.push([f, from]);
      if (t > to) parts.push([to, t]);
      return parts;
    });
  }
  return rest;
}

/** Returns the length of all ranges. */
export function total(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Reads ranges of seconds, as the API writes them. */
export function fromSeconds(ranges: readonly (readonly [number, number])[]): Range[] {
  return ranges.reduce<Range[]>((sum, [f, t]) => add(sum, [Math.round(f * 1000), Math.round(t * 1000)]), []);
}

/** Writes ranges as seconds, as the API reads them. */
export function toSeconds(ranges: readonly Range[]): [number, number][] {
  return ranges.map(([f, t]) => [f / 1000, t / 1000]);
}
