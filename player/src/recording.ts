// The page of a recording: what all plain pages have, and the cuts. While it is
// processed its state stays fresh; when it is ready the page shows what is possible then.

import "./form";
import { trimming } from "./trim";

const form = document.querySelector<HTMLFormElement>("form[data-trim]");
const video = document.querySelector<HTMLVideoElement>("#source-video");
if (form !== null && video !== null) trimming(form, video);

const stateOf = () => document.querySelector("#state .recording")?.className ?? "";

if (/processing|uploaded/.test(stateOf())) {
  const seen = new MutationObserver(() => {
    if (/processing|uploaded/.test(stateOf())) return;
    seen.disconnect();
    const watching = [...document.querySelectorAll("video")].some((v) => !v.paused);
    if (document.activeElement === document.body && !watching) location.reload(); // never under somebody's hands
  });
  seen.observe(document.querySelector("main") ?? document.body, { childList: true });
}
