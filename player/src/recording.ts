// The page of a recording: what all plain pages have, and the cuts.

import "./form";
import { trimming } from "./trim";

const form = document.querySelector<HTMLFormElement>("form[data-trim]");
const video = document.querySelector<HTMLVideoElement>("#source-video");
if (form !== null && video !== null) trimming(form, video);
