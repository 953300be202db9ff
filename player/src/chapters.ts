// The list of chapters under the video: a click or Enter goes there, and the
// chapter that plays is marked. Without scripts it is a list of times.

export class Chapters {
  private readonly links = Array.from(document.querySelectorAll<HTMLAnchorElement>("#chapters a[data-at]"));
  private current: HTMLAnchorElement | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    jump: (seconds: number) => void,
  ) {
    if (this.links.length === 0) return;
    for (const link of this.links) {
      link.addEventListener("click", (e) => {
        e.preventDefault();
        jump(startOf(link));
        this.mark();
      });
    }
    for (const event of ["timeupdate", "seeking"]) video.addEventListener(event, () => this.mark());
  }

  private mark(): void {
    const at = this.video.currentTime + 0.25; // a seek may end just before where it went
    const now = [...this.links].reverse().find((link) => startOf(link) <= at);
    if (now === this.current) return;
    this.current?.removeAttribute("aria-current");
    now?.setAttribute("aria-current", "true");
    this.current = now;
  }
}

function startOf(link: HTMLAnchorElement): number {
  return Number(link.dataset.at);
}
