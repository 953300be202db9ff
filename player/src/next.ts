// What comes after a webinar is for the server to say: what was watched may have
// opened another course, or completed this one or all. It is asked for the page
// again, and the parts that tell of it take the place of those shown here.

import { byId } from "./words";

const parts = ["ended-now", "ended-ways", "after"];

/** Shows what the server says is next. Whatever goes wrong, what is shown already stays. */
export function whatIsNext(): void {
  void refresh().catch(() => undefined);
}

async function refresh(): Promise<void> {
  const response = await fetch(location.pathname, { credentials: "same-origin" });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  byId("ended-now").hidden = false; // first, so that what comes into it is read aloud
  for (const id of parts) {
    const fresh = page.getElementById(id);
    const shown = byId(id);
    if (fresh === null || fresh.innerHTML === shown.innerHTML) continue;
    const used = shown.contains(document.activeElement);
    shown.replaceChildren(...Array.from(document.adoptNode(fresh).childNodes));
    if (used) shown.querySelector("a")?.focus();
  }
}
