// What administrators do, in Chromium, under the pages' own content policy: a
// list of doctors is imported, one form is filled in with the keyboard alone, and
// all of it works without scripts. Started by TestAdministratorsInBrowser.
import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { launch, need } from "./browser.mjs";

const base = need("BASE_URL", "the pages with the API in memory");
let browser, context, page, failures;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(() => open({}));
afterEach(() => context.close());

async function open(settings) {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
  page = await context.newPage();
  failures = [];
  page.on("pageerror", (error) => failures.push(String(error)));
}

const list = { name: "doctors.csv", mimeType: "text/csv", buffer: Buffer.from("email,name\nana@example.org,Dr Ana López\nnobody,\n") };

for (const javaScriptEnabled of [true, false])
  test(`a list of doctors is tried, imported, and its bad lines are kept, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    await open({ javaScriptEnabled, acceptDownloads: true });
    await page.goto(`${base}/admin`);
    await page.getByRole("link", { name: "People", exact: true }).click();
    await page.getByRole("link", { name: "Import doctors" }).click();
    await page.getByLabel("List", { exact: true }).setInputFiles(list);
    await page.getByLabel("Enrol them in").selectOption({ label: "Stroke: the first hour" });
    const sent = page.waitForRequest((r) => r.method() === "POST");
    await page.getByRole("button", { name: "Import", exact: true }).click();
    assert.match((await sent).headers()["content-type"], /multipart/);
    await page.waitForURL(/import\/aim_1$/);
    await page.getByRole("heading", { name: "Done" }).waitFor();
    const row = page.getByRole("row", { name: /^204 / });
    assert.match(await row.innerText(), /ben@example.org.*line 3 already/s);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download these lines" }).click();
    assert.equal((await download).suggestedFilename(), "lines-to-correct.csv");
    assert.deepEqual(failures, []);
  });

test("a list that is being taken in shows how far it is", async () => {
  await page.goto(`${base}/admin/people/import/aim_2`);
  assert.equal(await page.getByRole("progressbar").getAttribute("value"), "31");
  assert.equal(await page.getByText("130 of 412 lines").isVisible(), true);
});

test("a token is made with the keyboard alone", async () => {
  await page.goto(`${base}/admin/tokens/new`);
  await page.locator("#name:focus").waitFor(); // the first field has the focus
  await page.keyboard.type("nightly export");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.getByText("rnd_secret").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
});

test("the form that withdraws a recording is as wide as its row, and covers nothing", async () => {
  await open({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${base}/admin/recordings?state=all`);
  const row = page.locator("#rec_1");
  await row.locator("summary").click();
  const box = (of) => of.evaluate((e) => ({ ...e.getBoundingClientRect().toJSON(), cut: e.scrollHeight - e.clientHeight }));
  const form = await box(row.locator("form"));
  const whole = await box(row);
  assert.ok(form.width > 900 && form.cut <= 0 && form.bottom <= whole.bottom, JSON.stringify({ form, whole }));
  for (const e of await row.locator(".cell-value, summary, th a").all()) assert.ok((await box(e)).bottom <= form.top, await e.innerText());
  await row.getByLabel("Reason, for the record").fill("A name on slide 12");
  await row.getByRole("button", { name: "Withdraw now", exact: true }).click();
  await page.waitForURL(/admin\/recordings/);
});

test("records become blocks that name their cells on a phone", async () => {
  await open({ viewport: { width: 360, height: 640 } });
  await page.goto(`${base}/admin/recordings?state=all`);
  assert.equal(await page.locator("#rec_2 .cell-label").first().isVisible(), true);
  assert.equal(await page.locator("#rec_6").getByRole("button").isVisible(), true);
  assert.equal(await page.getByRole("row").count(), 6, "still a table for screen readers");
});
