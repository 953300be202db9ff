// A presenter tries everything before it matters, on the real, running system:
// upload, stages, captions, chapters, watching, a cut, withdrawing, the end.
// Settings as in journey.test.mjs, and
//
//   REHEARSAL_FILE   a recording of 10 s to a minute
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, need, signIn, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "where the pages are").replace(/\/$/, "");
const mailDir = need("MAIL_DIR", "folder with outgoing mails");
const patience = { timeout: 120_000 }; // converting takes what it takes

let browser, page;
const failures = [];
before(async () => {
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  page = await context.newPage();
  page.on("pageerror", (error) => failures.push(String(error)));
  await signIn(page, base, mailDir, need("PRESENTER_EMAIL", "a presenter without a rehearsal"));
});
after(() => browser?.close());

test("a presenter rehearses from the upload to the end", async () => {
  await page.goto(`${base}/presenter`);
  await page.getByRole("button", { name: "Start a rehearsal" }).click();
  await page.getByText("Only you and the administrators see this").waitFor();
  const webinar = new URL(page.url()).pathname.split("/").at(-1);

  await page.getByRole("link", { name: "Upload a recording" }).click();
  const told = await upload(need("REHEARSAL_FILE", "a recording of some seconds"));
  assert.equal(told.at(-1).status, "Ready. You can watch it now; doctors do not see it.");
  movesOn(told);

  await page.locator("#details").click();
  await enrich();
  await page.locator(".crumbs").getByRole("link", { name: "Rehearsal" }).click();
  await watch();
  assert.equal(await statusForDoctor(`/webinars/${webinar}`), 404, "a doctor finds a rehearsal");

  await page.getByRole("link", { name: "Back to what you can do with it" }).click();
  await page.getByRole("link", { name: /^Preview, captions, chapters/ }).click();
  await cut();
  await withdraw();
  await page.goto(`${base}/webinars/${webinar}`);
  await page.getByText("There is no recording to watch yet").waitFor();

  await page.getByRole("link", { name: "Back to what you can do with it" }).click();
  await page.getByRole("button", { name: "Use this one for the rehearsal" }).click(); // the one before the cut
  await page.getByRole("link", { name: "Watch it as doctors do" }).waitFor();
  await page.getByRole("button", { name: "End the rehearsal and remove it" }).click();
  await page.getByText("The rehearsal is removed").waitFor();
  await page.getByRole("button", { name: "Start a rehearsal" }).waitFor();
  assert.equal((await page.goto(`${base}/webinars/${webinar}`)).status(), 404, "the rehearsal stands after its end");
  assert.deepEqual(failures, []);
});

/** Hands a file over and returns all that the page tells until it is ready. */
async function upload(file) {
  await page.waitForURL(/\/upload\//);
  await page.evaluate(() => {
    const text = (id) => document.getElementById(id).textContent;
    const tell = () => ({
      state: document.getElementById("upload").dataset.state ?? "",
      status: text("status"),
      bar: document.getElementById("bar").value,
      stages: [...document.querySelectorAll("#stages li")].map((li) => li.className),
    });
    window.told = [];
    new MutationObserver(() => window.told.push(tell())).observe(document.getElementById("upload"), { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await page.locator("#file").setInputFiles(file);
  await page.locator("#rehearsal:not([hidden])").waitFor(patience);
  return page.evaluate(() => window.told);
}

/** Neither the bar nor a stage goes back once the file has arrived, and each stage comes after the one before it. */
function movesOn(told) {
  const order = ["waiting", "running", "done"];
  const seen = told.filter((t) => t.stages.length > 0 && t.state !== "");
  assert.ok(new Set(seen.map((t) => t.stages.join())).size > 2, `the stages stood still: ${JSON.stringify(seen)}`);
  for (const [i, now] of seen.entries()) {
    const ranks = now.stages.map((s) => order.indexOf(s));
    assert.ok(!ranks.includes(-1), `a stage is ${now.stages}`);
    assert.ok(ranks.every((rank, n) => n === 0 || rank === 0 || ranks[n - 1] === 2), `a stage overtook another: ${now.stages}`);
    const before = seen[i - 1];
    if (before === undefined) continue;
    assert.ok(before.stages.every((s, n) => order.indexOf(s) <= ranks[n]), `a stage went back: ${before.stages}, then ${now.stages}`);
    assert.ok(now.bar >= before.bar, `the bar went back from ${before.bar} to ${now.bar}`);
  }
  assert.ok(seen.at(-1).stages.every((s) => s === "done"), `ready, and the stages are ${seen.at(-1).stages}`);
}

/** Adds captions and a chapter on the recording's page. */
async function enrich() {
  await page.locator("#lang").selectOption("en");
  await page.locator("#caption-file").setInputFiles({ name: "talk.srt", mimeType: "application/x-subrip", buffer: Buffer.from("1\n00:00:01,000 --> 00:00:04,000\nGood evening\n") });
  await page.getByRole("button", { name: "Upload captions" }).click();
  await page.getByText("1 caption").waitFor();
  await page.locator('input[name="at"]').last().fill("0:04");
  await page.locator('input[name="title"]').last().fill("The second part");
  await page.getByRole("button", { name: "Save chapters" }).click();
  await page.getByText("The chapters are saved").waitFor();
}

/** Watches some seconds as a doctor, leaves and comes back. */
async function watch() {
  await page.getByRole("link", { name: "Watch it as doctors do" }).click();
  await page.getByText("This is your rehearsal").waitFor();
  await untilPlayer(page, "the first frame", (p) => p.state === "ready", patience.timeout);
  await page.locator("#missed-list li").first().waitFor({ state: "attached" }); // what is missing is known, and was listed
  assert.ok(await page.locator("#missed-box").isHidden(), "before anything is watched all of it is called missed");
  await page.locator("#chapters").getByText("The second part").waitFor();
  await page.locator("#video").evaluate((video) => video.addEventListener("timeupdate", () => video.currentTime > 4 && video.pause()));
  await page.locator("#big-play").click();
  const left = await untilPlayer(page, "seconds that are saved", (p) => p.status === "saved" && p.paused && p.time > 4, patience.timeout);
  await page.getByRole("button", { name: /^Play only what I missed/ }).waitFor();
  await page.reload();
  await untilPlayer(page, "the first frame", (p) => p.state === "ready", patience.timeout);
  const words = await page.locator("#big-play-text").textContent();
  assert.equal(words, `Continue from 0:0${Math.floor(left.time)}`);
}

/** Cuts start and end; the page that tells of it shows what becomes of it by itself. */
async function cut() {
  await page.getByLabel("Begin at").fill("0:02");
  await page.getByLabel("End at").fill("0:08");
  await page.getByRole("button", { name: "Cut", exact: true }).click();
  await page.getByText("The shorter recording is being made").waitFor();
  await page.getByText("This is your rehearsal: you and the administrators").waitFor(patience);
  await page.getByText("Of your file, 0:02 to 0:08 is shown").waitFor();
}

async function withdraw() {
  await page.locator("#shown summary").click();
  await page.locator("#shown").getByLabel("Reason").fill("A patient's name is visible");
  await page.locator("#shown").getByRole("button", { name: "Withdraw now" }).click();
  await page.getByText("This recording was withdrawn").waitFor();
}

/** The status of a page for a doctor of another program. */
async function statusForDoctor(path) {
  const elsewhere = await browser.newContext();
  try {
    const doctor = await elsewhere.newPage();
    await signIn(doctor, base, mailDir, need("DOCTOR_EMAIL", "a doctor"));
    return (await doctor.goto(base + path)).status();
  } finally {
    await elsewhere.close();
  }
}
