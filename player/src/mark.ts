// The mark over the picture: the viewer's code, faint, now here and now there.
// It deters, it does not prevent: whoever films the screen films a code that
// leads back to this session.
//
// It lies in the stage, which is what goes full screen, so that it stays there.
// An iPhone shows the video element alone in its own full screen; nothing of the
// page can be over that.
//
// It jumps, without moving in between, and only while the video plays: pausing
// stops it (WCAG 2.2.2). It keeps out of the lower part, where captions and
// controls are. Screen readers pass over it.

/** Between two jumps, in milliseconds. */
const restMs: [number, number] = [20_000, 40_000];

/** Where the mark may be, in parts of the picture: 3 × 3 places in its upper three fifths. */
const places = [0.04, 0.5, 0.96].flatMap((x) => [0.06, 0.33, 0.6].map((y) => [x, y] as const));

export class Mark {
  private readonly node = document.createElement("span");
  private place = 0;
  private timer = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly video: HTMLVideoElement,
  ) {
    for (const event of ["playing", "pause", "ended", "emptied"]) video.addEventListener(event, () => this.rest());
    new ResizeObserver(() => this.settle()).observe(stage);
    new MutationObserver(() => this.guard()).observe(stage, { childList: true, subtree: true, attributes: true, characterData: true });
  }

  private code = "";

  /** Shows a session's code. */
  show(code: string): void {
    this.code = code;
    this.jump();
    this.guard();
    this.rest();
  }

  /** Puts the mark back as it should be: pages are easily rewritten by those who look at them. */
  private guard(): void {
    const node = this.node;
    const style = `inset: ${node.dataset.y ?? 0}px auto auto ${node.dataset.x ?? 0}px`;
    if (node.parentNode !== this.stage && this.code !== "") this.stage.append(node);
    if (node.textContent !== this.code) node.textContent = this.code;
    if (node.className !== "mark") node.className = "mark";
    if (node.getAttribute("aria-hidden") !== "true") node.setAttribute("aria-hidden", "true");
    if (node.hidden) node.hidden = false;
    if (node.dataset.style !== style || node.style.cssText !== node.dataset.css) {
      node.style.cssText = style;
      node.dataset.style = style;
      node.dataset.css = node.style.cssText; // as the browser spells it
    }
  }

  /** Waits for the next jump while the video plays. */
  private rest(): void {
    clearTimeout(this.timer);
    if (this.video.paused || this.video.ended) return;
    this.timer = window.setTimeout(() => {
      this.jump();
      this.rest();
    }, restMs[0] + Math.random() * (restMs[1] - restMs[0]));
  }

  private jump(): void {
    this.place = (this.place + 1 + Math.floor(Math.random() * (places.length - 1))) % places.length;
    this.settle();
  }

  /** Finds the place in the picture, which the stage may surround with bars. */
  private settle(): void {
    // On a phone the buttons stand in the stage, below the picture.
    const { clientWidth: width, clientHeight: height, offsetLeft: left, offsetTop: top } = this.video;
    const ratio = this.video.videoWidth / this.video.videoHeight || width / height;
    const [across, down] = [Math.min(width, height * ratio), Math.min(height, width / ratio)];
    const [x, y] = places[this.place] ?? [0, 0];
    this.node.dataset.x = String(Math.round(left + (width - across) / 2 + x * (across - this.node.offsetWidth)));
    this.node.dataset.y = String(Math.round(top + (height - down) / 2 + y * (down - this.node.offsetHeight)));
    this.guard();
  }
}
