// Small comforts on the plain pages: the registration form learns the browser's
// time zone, and lists with recordings that are being worked on stay fresh.

import { passkeys } from "./passkey";
import { preview } from "./preview";

passkeys();

/** On a shared computer: asks whether the phone has confirmed, and shows what came of it. */
async function handedOver(): Promise<boolean> {
  const response = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
  if (response.type === "opaqueredirect") {
    location.assign("/");
    return true;
  }
  const told = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = told.querySelector("main");
  if (main === null || told.querySelector("[data-handover]") !== null) return false;
  document.querySelector("main")?.replaceWith(document.adoptNode(main));
  return true;
}

function waitForPhone(): void {
  window.setTimeout(() => {
    void handedOver()
      .catch(() => false)
      .then((over) => {
        if (!over) waitForPhone();
      });
  }, 2000);
}

if (document.querySelector("[data-handover]") !== null) waitForPhone();

const zone = document.querySelector<HTMLInputElement>('input.guess[name="time_zone"]'); // never where times already stand on its clock
if (zone !== null && (zone.value === "" || zone.value === "UTC")) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Replaces each list of recordings by the server's newest, unless somebody is in it. */
async function refresh(): Promise<void> {
  const response = await fetch(location.href, { credentials: "same-origin" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelectorAll("[data-refresh]");
  const stale = document.querySelectorAll("[data-refresh]");
  if (fresh.length !== stale.length) return;
  stale.forEach((list, i) => {
    const next = fresh[i];
    const used = list.contains(document.activeElement) || list.querySelector("details[open]") !== null;
    if (next !== undefined && !used && next.innerHTML !== list.innerHTML) list.replaceWith(document.adoptNode(next));
  });
}

const working = "[data-refresh] .processing, [data-refresh] .uploaded";

function keepFresh(): void {
  window.setTimeout(() => {
    if (document.visibilityState === "hidden" || document.querySelector(working) === null) keepFresh();
    else void refresh().catch(() => undefined).finally(keepFresh);
  }, 5000);
}

if (document.querySelector("[data-refresh]") !== null) keepFresh();

for (const video of document.querySelectorAll<HTMLVideoElement>("video[data-source]")) {
  const words = video.nextElementSibling;
  if (words instanceof HTMLElement) preview(video, words);
}
