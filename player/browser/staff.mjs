// Without scripts: sign-in, the doctor's pages, and an administrator who makes a
// program, a course and a webinar. With the keyboard alone: sign-in, home to a
// webinar, a list of doctors, an upload. On paper, and without motion. Started by
// TestStaffInBrowser.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, need } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
const out = need("SIGNED_OUT_URL", "pages with nobody signed in");
let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A test with a page of its own; nothing may fail in it. */
function journey(name, settings, run) {
  test(name, { timeout: 180_000 }, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
    try {
      const page = await context.newPage();
      const failures = [];
      page.on("pageerror", (error) => failures.push(String(error)));
      await run(page);
      assert.deepEqual(failures, []);
    } finally {
      await context.close();
    }
  });
}

const plain = { javaScriptEnabled: false };

/** Sends the form that is shown and waits for what it leads to. */
async function send(page, button, to) {
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForURL(to);
}

journey("without scripts somebody signs in", plain, async (page) => {
  await page.goto(`${out}/sign-in`);
  await page.getByLabel("E-mail address").fill("amira@example.org");
  await send(page, "Send me a code", /\/sign-in\/code/);
  assert.equal(await page.getByLabel("E-mail address").count(), 0, "the address is known");
  await page.getByLabel("Code", { exact: true }).fill("123456");
  const answer = page.waitForResponse((r) => r.request().method() === "POST");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  assert.equal((await answer).status(), 303);
  assert.ok((await page.context().cookies()).some((c) => c.name === "session"), "the session's cookie");
});

journey("without scripts a doctor goes from home to a course and a webinar", plain, async (page) => {
  await page.goto(`${base}/`);
  await page.waitForURL(/\/courses$/);
  await page.getByRole("link", { name: "Drugs that prolong life" }).click();
  await page.waitForURL(/\/courses\/crs_2$/);
  await page.getByRole("link", { name: /Four pillars/ }).first().click();
  await page.waitForURL(/\/webinars\/web_2$/);
});

journey("without scripts an administrator makes a program, a course and a webinar", plain, async (page) => {
  await page.goto(`${base}/admin`);
  await page.getByRole("link", { name: "New program" }).click();
  await page.getByLabel("Title").fill("Certificate in Cardiology");
  await send(page, "Create", /\/admin\?saved=1$/);
  await page.getByRole("link", { name: /^New course/ }).first().click();
  await page.getByLabel("Title").fill("Heart failure");
  await send(page, "Create", /\/admin\?saved=1$/);
  await page.getByRole("link", { name: /^New webinar/ }).first().click();
  await page.getByLabel("Title").fill("Beta blockers");
  await page.getByLabel("Time zone of the schedule").fill("Asia/Kolkata");
  await page.getByLabel("Live from").fill("2026-12-03T16:00");
  await send(page, "Create", /\/admin\?made=web_2$/);
  assert.match(await page.getByRole("status").first().innerText(), /It begins .*UTC/);
});

/** Presses Tab until what has the focus fits, and fails where the focus cannot be seen. */
async function tabTo(page, what, selector) {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate((selector) => {
      const e = document.activeElement;
      const seen = [e, e.closest("label")].some((x) => x && getComputedStyle(x).outlineStyle !== "none");
      return { found: e.matches(selector), seen, html: e.outerHTML.slice(0, 120) };
    }, selector);
    assert.ok(here.seen, `the focus is not to be seen on ${here.html}`);
    if (here.found) return;
  }
  assert.fail(`Tab never reaches ${what}`);
}

journey("with the keyboard alone somebody signs in", {}, async (page) => {
  await page.goto(`${out}/sign-in`);
  await page.locator("#email:focus").waitFor();
  await page.keyboard.type("amira@example.org");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sign-in\/code/);
  await page.locator("#code:focus").waitFor();
  await page.keyboard.type("123456");
  const answer = page.waitForResponse((r) => r.request().method() === "POST");
  await page.keyboard.press("Enter");
  assert.equal((await answer).status(), 303);
});

journey("with the keyboard alone a doctor comes from home to the next webinar", {}, async (page) => {
  await page.goto(`${base}/courses`);
  await tabTo(page, "the way past the head", ".skip");
  await page.keyboard.press("Enter");
  await tabTo(page, "the next webinar", "a.next");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/webinars\/web_2/);
});

/**
 * Resolves with the next chooser of files. To be asked for before the page is opened: the browser is told in passing that somebody waits for one, and
 * a key pressed at once may come before that.
 */
const nextChooser = (page) => new Promise((resolve) => page.once("filechooser", resolve));

journey("with the keyboard alone a list of doctors is imported", {}, async (page) => {
  const chooser = nextChooser(page);
  await page.goto(`${base}/admin/people/import`);
  await tabTo(page, "the file", "#file");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles({ name: "doctors.csv", mimeType: "text/csv", buffer: Buffer.from("email,name\nana@example.org,Dr Ana\n") });
  await tabTo(page, "the program", "#program_id");
  await page.keyboard.type("Stroke");
  await tabTo(page, "the import", 'button[value="import"]');
  await page.keyboard.press("Enter");
  await page.waitForURL(/import\/aim_1$/);
});

journey("with the keyboard alone a file is chosen for upload", {}, async (page) => {
  const chooser = nextChooser(page);
  await page.goto(`${base}/upload/web_5`);
  await page.locator("#upload:not([hidden])").waitFor();
  await tabTo(page, "the file", "#file");
  await page.keyboard.press("Enter");
  assert.equal((await chooser).isMultiple(), false);
});

journey("what is printed is dark on white, whole, and without what only a screen needs", {}, async (page) => {
  for (const path of ["/programs/prg_1/missing", "/programs/prg_1/missing?account_id=acc_9", "/admin/programs/prg_1/quality", "/sponsor/programs/prg_1", "/admin/audit"]) {
    await page.goto(base + path);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const printed = await page.evaluate(() => ({
      ground: getComputedStyle(document.body).backgroundColor,
      ink: getComputedStyle(document.querySelector("h1")).color.match(/\d+/g).map(Number),
      cut: [...document.querySelectorAll(".scroll")].filter((e) => getComputedStyle(e).overflowX !== "visible").length,
      shown: ["nav", ".languages", ".sign-out", ".filter", ".withdraw", ".foot"].filter((s) => document.querySelector(s)?.offsetParent),
    }));
    assert.match(printed.ground, /rgb\(255, 255, 255\)/, path);
    assert.ok(Math.max(...printed.ink) < 100, `${path} prints its heading in ${printed.ink}`);
    assert.deepEqual([printed.cut, printed.shown], [0, []], path);
    await page.emulateMedia({ media: null, colorScheme: null });
  }
});

/** What moves on a page, or would once it is shown: transitions, and animations that are no slow turn. */
const moving = (page) => page.evaluate(() => [...document.querySelectorAll("*")].filter((e) => {
  const { transitionDuration, animationName, animationDuration } = getComputedStyle(e);
  return /[1-9]/.test(transitionDuration) || (animationName !== "none" && parseFloat(animationDuration) < 3);
}).map((e) => e.outerHTML.slice(0, 100)));

journey("nothing moves for whoever asked for less motion", { reducedMotion: "reduce" }, async (page) => {
  for (const path of ["/courses", "/upload/web_5", "/admin/people/import/aim_2", "/sign-in", "/webinars/web_2"]) {
    await page.goto((path === "/sign-in" ? out : base) + path);
    assert.deepEqual(await moving(page), [], path);
  }
  await page.emulateMedia({ reducedMotion: "no-preference" });
  assert.ok((await moving(page)).length > 0, "the player's controls fade for everybody else");
});
