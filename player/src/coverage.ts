// The bar that shows which parts were watched: hatched, so that it does not
// depend on colour, and with the percentage in words.

import { fromSeconds, toSeconds, union, type Range } from "./ranges";
import { byId, t } from "./words";

const svg = "http://www.w3.org/2000/svg";

export class Coverage {
  private ranges: Range[] = [];
  private readonly bars = byId<SVGGElement>("coverage-bars");

  constructor(private readonly durationS: number) {}

  /** Adds what the server has on record. */
  known(watched: [number, number][]): void {
    this.ranges = union(this.ranges, fromSeconds(watched));
    this.draw();
  }

  /** Adds what was watched here just now. */
  watched(range: Range): void {
    this.ranges = union(this.ranges, [range]);
    this.draw();
  }

  /** Shows the percentage the server counts. */
  percent(p: number): void {
    const whole = Math.floor(Math.max(0, Math.min(100, p)));
    byId("watched-percent").textContent = `${whole} %`;
    byId("coverage").setAttribute("aria-label", t("coverage", { percent: whole }));
  }

  private draw(): void {
    if (!(this.durationS > 0)) return;
    const scale = 1000 / this.durationS;
    this.bars.replaceChildren(...toSeconds(this.ranges).map(([from, to]) => bar(from * scale, (to - from) * scale)));
  }
}

/** A stretch of the bar, in thousandths of its width. */
export function bar(x: number, width: number): SVGRectElement {
  const rect = document.createElementNS(svg, "rect");
  const size = { x, y: 0, width, height: 24 };
  for (const [name, value] of Object.entries(size)) rect.setAttribute(name, value.toFixed(2));
  return rect;
}
