// A doctor goes through a program on the real, running system: what is next, what
// is left, what opens when, and what is said at each end. Settings as in
// journey.test.mjs, and
//
//   COURSE_DOCTOR     a doctor enrolled in nothing but a program of three courses
//   COURSE_WEBINARS   its webinars: two of some seconds in the first course, one of
//                     a minute in the second, which waits for the first, one that
//                     is live later in the third
//   ADMIN_TOKEN       an administrator's
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, need, signIn, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "where the pages are").replace(/\/$/, "");
const [first, second, third, live] = need("COURSE_WEBINARS", "the webinars of a program").split(",");
const patience = 60_000;

let browser, page;
const failures = [];
before(async () => {
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on("pageerror", (error) => failures.push(String(error)));
  await signIn(page, base, need("MAIL_DIR", "folder with outgoing mails"), need("COURSE_DOCTOR", "a doctor of the program"));
});
after(() => browser?.close());

test("a doctor goes from course to course until the program is completed", async () => {
  await home({ done: "0 of 3 courses completed", left: "2 minutes left to watch", next: first, rings: [0, 0, 0, 0] });
  await page.getByText("Opens when you have completed: First steps").waitFor();
  assert.equal((await page.goto(`${base}/webinars/${third}`)).status(), 409, "a course that waits for another is open");
  await page.getByText("Please complete the course “First steps” first.").waitFor();

  await page.goto(`${base}/webinars/${first}`);
  await watch();
  await page.locator("#ended").getByText("You have completed this webinar.").waitFor();
  await goOn(second);
  await watch();
  await page.locator("#ended").getByText("You have completed the course “First steps”.").waitFor();
  await goOn(third); // which was closed when this page was loaded
  await untilPlayer(page, "the first frame", (p) => p.state === "ready", patience);

  await home({ done: "1 of 3 courses completed", left: "1 minute left to watch", next: third, rings: [33, 100, 0, 0] });
  await page.goto(`${base}/webinars/${third}`);
  await watch(58);
  const told = page.locator("#ended");
  await told.getByText("This webinar is not completed yet.").waitFor();
  await told.getByText("Next live: A talk to come").waitFor();
  await told.getByRole("link", { name: "What is missing?" }).click();
  await page.getByText("2 of 4 webinars are still open").waitFor();
  await page.locator(`[id="${third}"]`).getByText("not watched yet").or(page.locator(`[id="${third}"]`).getByText("skipped")).first().waitFor();

  for (const webinar of [third, live]) await waive(webinar);
  await page.goto(`${base}/courses`);
  await page.getByText("3 of 3 courses completed").waitFor();
  await page.getByText("You have completed this program. Your certificate was issued:").waitFor();
  assert.equal(await page.locator("a.next").count(), 0, "a completed program asks for more");
  await page.goto(`${base}/webinars/${third}`);
  await watch(58);
  await told.getByText("You have completed the whole program “The whole way”. Your certificate was issued:").waitFor();
  assert.deepEqual(failures, []);
});

/** What home says: courses completed, what is left, what is next, and the rings of the program and its courses. */
async function home({ done, left, next, rings }) {
  await page.goto(`${base}/courses`);
  await page.getByText(`${done} · ${left}`).waitFor();
  assert.equal(await page.locator("a.next").getAttribute("href"), `/webinars/${next}`);
  const shown = await page.locator(".ring").evaluateAll((all) => all.map((ring) => parseInt(ring.getAttribute("aria-label"), 10)));
  const near = (ring, i) => Math.abs(ring - rings[i]) <= 10; // complete is what was watched to 90 %
  assert.ok(shown.length === rings.length && shown.every(near), `the rings are ${shown}, not about ${rings}`);
}

/** Plays from some second, or from where it starts, to the end, twice as fast. */
async function watch(from) {
  await untilPlayer(page, "the first frame", (p) => p.state === "ready", patience);
  if (from !== undefined) {
    await page.locator("#seek").evaluate((bar, value) => {
      bar.value = String(value);
      bar.dispatchEvent(new Event("change"));
    }, from);
  }
  await page.locator("#speed").selectOption("2");
  await page.locator("#play").click();
  await untilPlayer(page, "the end", (p) => p.state === "ended", patience);
}

/** Follows what the end offers. */
async function goOn(webinar) {
  const way = page.locator(`#ended-ways a[href="/webinars/${webinar}"]`);
  await way.waitFor();
  assert.equal(await page.locator("#after a").getAttribute("href"), `/webinars/${webinar}`, "below the player something else is next");
  await way.click();
  await page.waitForURL(`${base}/webinars/${webinar}`);
}

/** Lets the doctor off a webinar. */
async function waive(webinar) {
  const { account_id } = await (await page.request.get(`${base}/v1/me`)).json();
  const answer = await fetch(`${base}/v1/webinars/${webinar}/waivers`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${need("ADMIN_TOKEN", "an administrator's")}` },
    body: JSON.stringify({ account_id, reason: "Taught it herself" }),
  });
  assert.equal(answer.status, 201, await answer.text());
}
