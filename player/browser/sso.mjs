// Staff signs in at its institution, in a real browser against a complete system.
// Started by TestSingleSignOnThroughThePages.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, looksRight, need } from "./browser.mjs";

const base = need("BASE_URL", "address of a complete system whose institution has a presenter signed in");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("the institution's word leads from the sign-in page to where one wanted to go", async () => {
  const page = await (await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true })).newPage();
  await page.goto(`${base}/presenter`);
  await looksRight(page, "sign-in-sso");
  await page.getByRole("link", { name: "sign in at your institution" }).click();
  await page.waitForURL(`${base}/presenter`);
  const left = (await page.context().cookies(`${base}/sign-in/sso/callback`)).map((cookie) => cookie.name);
  assert.ok(!left.includes("rounds_sso"), "the cookie of the way there is kept");
});

test("a refusal is told on the sign-in page, and another way in is offered", async () => {
  const page = await (await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true })).newPage();
  await page.goto(`${base}/sign-in/sso/callback?state=x&code=y`);
  await page.waitForURL(`${base}/sign-in?problem=sso`);
  assert.ok((await page.getByRole("alert").innerText()).length > 0, "nothing is told");
  await page.getByLabel("E-mail address").waitFor();
  await looksRight(page, "sign-in-sso-refused");
});
