// Looks into a recording before gigabytes are sent: a few short samples, through
// the browser's own player. What it finds are warnings; what the browser cannot
// play is not looked at, for that says nothing about the file.

/** What samples of a recording have shown. Peaks are 0–1, of the left and the right side. */
export interface Findings {
  durationS: number;
  width: number;
  height: number;
  brightest: number; // of 255, over all samples; -1 when no picture was seen
  peaks: [number, number] | undefined; // undefined when the sound was not heard
}

export type Concern = "noPicture" | "portrait" | "black" | "silent" | "oneSided" | "short" | "long";

const silent = 0.002; // −54 dB
const heard = 0.02;
const black = 24;

/** What a presenter should know before sending; plannedS is 0 when nothing is scheduled. */
export function concerns(f: Findings, plannedS: number): Concern[] {
  const found: Concern[] = [];
  if (f.width === 0) found.push("noPicture");
  if (f.width > 0 && f.height > f.width) found.push("portrait");
  if (f.width > 0 && f.brightest >= 0 && f.brightest < black) found.push("black");
  if (f.peaks !== undefined) {
    const [quiet, loud] = [Math.min(...f.peaks), Math.max(...f.peaks)];
    if (loud < silent) found.push("silent");
    else if (quiet < silent && loud > heard) found.push("oneSided");
  }
  const slack = Math.max(600, plannedS / 4);
  if (plannedS > 0 && f.durationS < plannedS - slack) found.push("short");
  if (plannedS > 0 && f.durationS > plannedS + slack) found.push("long");
  return found;
}

const places = [0.08, 0.3, 0.5, 0.7, 0.92];
const listenMs = 400;
const patienceMs = 15_000;

/** Samples the file; undefined when this browser cannot play it, or takes too long. */
export async function look(file: File): Promise<Findings | undefined> {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  const ear = listening(video);
  const findings: Findings = { durationS: 0, width: 0, height: 0, brightest: -1, peaks: undefined };
  const deadline = performance.now() + patienceMs;
  try {
    video.preload = "auto";
    video.src = url;
    await event(video, "loadedmetadata", deadline);
    Object.assign(findings, { durationS: video.duration, width: video.videoWidth, height: video.videoHeight });
    if (!Number.isFinite(video.duration)) return undefined;
    for (const place of places) {
      const sought = event(video, "seeked", deadline);
      video.currentTime = video.duration * place;
      await sought;
      findings.brightest = Math.max(findings.brightest, brightest(video));
      await ear?.listen(listenMs);
    }
    findings.peaks = ear?.peaks();
    return findings;
  } catch {
    return findings.durationS > 0 ? findings : undefined;
  } finally {
    ear?.close();
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}

function event(video: HTMLVideoElement, name: string, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, Math.max(0, deadline - performance.now()));
    video.addEventListener(name, () => (clearTimeout(timer), resolve()), { once: true });
    video.addEventListener("error", () => (clearTimeout(timer), reject(new Error("cannot be played"))), { once: true });
  });
}

/** The brightest of 32×18 pixels, -1 when there is no picture. */
function brightest(video: HTMLVideoElement): number {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 18];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null || video.videoWidth === 0) return -1;
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let most = 0;
  for (let i = 0; i < pixels.length; i += 4) most = Math.max(most, ((pixels[i] ?? 0) * 2 + (pixels[i + 1] ?? 0) * 5 + (pixels[i + 2] ?? 0)) / 8);
  return most;
}

interface Ear {
  listen(ms: number): Promise<void>;
  peaks(): [number, number] | undefined;
  close(): void;
}

/** Hears both sides of a video without letting anybody else hear it. */
function listening(video: HTMLVideoElement): Ear | undefined {
  if (typeof AudioContext === "undefined") return undefined;
  const context = new AudioContext();
  const both = new GainNode(context, { channelCount: 2, channelCountMode: "explicit" }); // mono is on both sides
  const split = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  const sides = [0, 1].map((side) => {
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    split.connect(analyser, side);
    return analyser;
  });
  context.createMediaElementSource(video).connect(both).connect(split);
  const peaks: [number, number] = [0, 0];
  let samples = 0;
  return {
    async listen(ms) {
      await context.resume();
      await video.play();
      for (const end = performance.now() + ms; performance.now() < end; ) {
        await new Promise((done) => setTimeout(done, 40)); // as long as the analyser remembers
        sides.forEach((analyser, side) => (peaks[side] = Math.max(peaks[side] ?? 0, peak(analyser))));
        if (context.state === "running" && !video.paused) samples++;
      }
      video.pause();
    },
    peaks: () => (samples > 0 ? peaks : undefined),
    close: () => void context.close(),
  };
}

function peak(analyser: AnalyserNode): number {
  const wave = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(wave);
  return wave.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}
