// Questions: a doctor asks below the video, with scripts and without, the
// presenter answers, the doctor reads it. Started by TestQuestionsInBrowser.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, looksRight, need, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
const takingBack = need("BACK_URL", "the same once more");
const arabic = need("ARABIC_URL", "the same for somebody who reads Arabic");
const phone = { width: 360, height: 640 };
const desktop = { width: 1280, height: 800 };
let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Runs a journey in a browser of its own, and fails with what went wrong in its scripts. */
async function inBrowser(options, journey) {
  const context = await browser.newContext({ bypassCSP: true, viewport: phone, timezoneId: "Africa/Cairo", ...options });
  try {
    const page = await context.newPage();
    const failures = [];
    page.on("pageerror", (error) => failures.push(String(error)));
    await journey(page);
    assert.deepEqual(failures, []);
  } finally {
    await context.close();
  }
}

const part = (page) => page.locator("#questions");
const own = (page, text) => part(page).locator("li", { hasText: text });

test("with scripts the place goes along, can be left out, and play is not left", () =>
  inBrowser({}, async (page) => {
    await page.goto(`${base}/webinars/web_2`);
    const { session } = await untilPlayer(page, "the first frame", (p) => p.state === "ready");
    await part(page).getByText("Ask the presenter a question").click();
    await part(page).getByLabel("Your question").fill("And with a pacemaker?");
    const place = part(page).getByLabel("Place in the recording");
    assert.equal(await place.inputValue(), "0:24");
    await part(page).getByRole("button", { name: "Ask" }).click();
    await own(page, "And with a pacemaker?").waitFor();
    assert.match(await own(page, "And with a pacemaker?").innerText(), /At 0:24/);
    assert.match(await page.evaluate(() => `${document.activeElement.getAttribute("role")}: ${document.activeElement.textContent}`), /^status: .* is with the presenter/);
    await looksRight(page, "questions-asked-phone");

    // She clears the place: it stays empty, whatever she goes on to write.
    await part(page).getByText("Ask the presenter a question").click();
    await part(page).getByLabel("Your question").fill("In general?");
    await place.fill("");
    await part(page).getByLabel("Your question").fill("In general, and in children?");
    assert.equal(await place.inputValue(), "");
    await part(page).getByRole("button", { name: "Ask" }).click();
    await own(page, "In general, and in children?").waitFor();
    assert.doesNotMatch(await own(page, "In general, and in children?").innerText(), /At /);

    // What cannot be used is said there, and nothing is lost.
    await part(page).getByText("Ask the presenter a question").click();
    await part(page).getByLabel("Your question").fill("When exactly?");
    await place.fill("half past");
    await part(page).getByRole("button", { name: "Ask" }).click();
    await part(page).getByText("Write times like").waitFor();
    assert.equal(await part(page).getByLabel("Your question").inputValue(), "When exactly?");
    assert.equal(await page.evaluate(() => document.activeElement.name), "position_s");
    await looksRight(page, "questions-wrong-phone");
    await page.route("**/questions", (route) => route.abort());
    await place.fill("1:00");
    await part(page).getByRole("button", { name: "Ask" }).click();
    await part(page).getByText("could not be sent").waitFor();
    assert.equal(await part(page).getByLabel("Your question").inputValue(), "When exactly?");
    assert.equal((await untilPlayer(page, "the same session", (p) => p.session !== undefined)).session, session);
    assert.equal(page.url(), `${base}/webinars/web_2`);
  }));

const back = (item) => item.locator(".withdraw summary");
const confirm = (item) => item.getByRole("button", { name: "Take the question back" });

test("a question is taken back after it was confirmed, with scripts and without", async () => {
  await inBrowser({}, async (page) => {
    await page.goto(`${takingBack}/webinars/web_2`);
    const { session } = await untilPlayer(page, "the first frame", (p) => p.state === "ready");
    const item = own(page, "What about the kidneys?");
    assert.equal(await confirm(item).isVisible(), false);
    await back(item).click();
    await looksRight(page, "questions-back-phone");
    await page.route("**/withdraw", (route) => route.abort());
    await confirm(item).click();
    await item.getByText("could not be sent").waitFor();
    await page.unroute("**/withdraw");
    await confirm(item).click();
    await part(page).getByText("Your question is taken back").waitFor();
    assert.equal(await item.count(), 0);
    assert.match(await page.evaluate(() => `${document.activeElement.getAttribute("role")}: ${document.activeElement.textContent}`), /^status: .*taken back/);
    assert.equal((await untilPlayer(page, "the same session", (p) => p.session !== undefined)).session, session);

    // An answer came while she looked at it: she is told, and reads it.
    const answered = own(page, "Is the tax deductible?");
    await back(answered).click();
    await inBrowser({}, async (other) => {
      await other.goto(`${takingBack}/presenter/webinars/web_2/questions?state=all`);
      const asked = other.locator(".questions > li", { hasText: "Is the tax deductible?" });
      await asked.locator("summary").click();
      await asked.getByLabel("Answer", { exact: true }).fill("Ask an accountant.");
      await asked.getByRole("button", { name: "Send the answer" }).click();
      await other.getByText("The answer is sent").waitFor();
    });
    await confirm(answered).click();
    await part(page).getByText("has an answer by now, so it stays").waitFor();
    assert.match(await answered.innerText(), /Ask an accountant\./);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
    await looksRight(page, "questions-stays-phone");
  });
  await inBrowser({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${takingBack}/webinars/web_2`);
    await part(page).getByText("Ask the presenter a question").click();
    await part(page).getByLabel("Your question").fill("Never mind?");
    await part(page).getByRole("button", { name: "Ask" }).click();
    const item = own(page, "Never mind?");
    await back(item).click();
    await confirm(item).click();
    await page.waitForURL(/done=withdrawn/);
    await part(page).getByText("Your question is taken back").waitFor();
    assert.equal(await item.count(), 0);
  });
});

test("without scripts a doctor asks, the presenter answers for everybody, and the doctor reads it", async () => {
  await inBrowser({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${base}/webinars/web_2`);
    await part(page).getByText("Ask the presenter a question").click();
    await part(page).getByLabel("Your question").fill("Which dose at eighty?\nAnd at ninety?");
    await part(page).getByLabel("Place in the recording").fill("20:45");
    await part(page).getByRole("button", { name: "Ask" }).click();
    await page.waitForURL(/done=sent/);
    await part(page).getByText("Your question is with the presenter").waitFor();
    assert.match(await own(page, "Which dose at eighty?").innerText(), /At 20:45[^]*No answer yet/);
  });
  await inBrowser({}, async (page) => {
    await page.goto(`${base}/presenter/webinars/web_2`);
    await page.getByRole("link", { name: /question/i }).click();
    const card = page.locator("section.card", { hasText: "Titration in the first months" });
    const asked = card.locator("li", { hasText: "Which dose at eighty?" });
    await asked.locator("summary").click();
    await asked.getByLabel("Answer", { exact: true }).fill("Half of it.");
    await asked.getByLabel("Show question and answer to all").check();
    for (const [name, viewport] of [["phone", phone], ["desktop", desktop]]) {
      await page.setViewportSize(viewport);
      await looksRight(page, `answering-${name}`);
    }
    await asked.getByRole("button", { name: "Send the answer" }).click();
    await page.getByText("The answer is sent").waitFor();
    assert.equal(await asked.count(), 0);
    await page.locator(".questions > li", { hasText: "What about the kidneys?" }).getByRole("button", { name: /^Put aside/ }).click();
    await page.getByText("The question is put aside").waitFor();
  });
  await inBrowser({ javaScriptEnabled: false, viewport: desktop }, async (page) => {
    await page.goto(`${base}/webinars/web_2`);
    assert.match(await own(page, "Which dose at eighty?").innerText(), /shown to everybody, without your name[^]*Half of it\./);
    assert.match(await own(page, "What about the kidneys?").innerText(), /put this question aside/);
  });
});

test("the pages about questions read from right to left", () =>
  inBrowser({}, async (page) => {
    await page.context().addCookies([{ name: "rounds_language", value: "ar", url: arabic }]);
    for (const [name, path] of [["questions", "/webinars/web_2"], ["answering", "/presenter/webinars/web_2/questions?state=all"]]) {
      await page.goto(arabic + path);
      assert.equal(await page.evaluate(() => document.documentElement.dir), "rtl");
      await page.locator(".ask summary").first().click();
      if (name === "questions") await page.locator(".withdraw summary").first().click();
      await looksRight(page, `${name}-phone-ar`);
    }
  }));
