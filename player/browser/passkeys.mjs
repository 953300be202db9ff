// Passkeys with Chromium's virtual authenticator against a complete system:
// added, used, removed. Started by TestPasskeysInChromium.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, looksRight, need, signIn } from "./browser.mjs";

const base = need("BASE_URL", "address of a complete system");
const mailDir = need("MAIL_DIR", "its folder of mails");
const presenter = need("PRESENTER_EMAIL", "address of a presenter");
const doctor = need("DOCTOR_EMAIL", "address of a doctor");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Opens a page on a device that has an authenticator which says yes to everything. */
async function device() {
  const page = await (await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true })).newPage();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options });
  return { page, cdp, authenticatorId };
}

test("a presenter adds a passkey, signs in with it, and removes it", async () => {
  const { page, cdp, authenticatorId } = await device();
  await signIn(page, base, mailDir, presenter);
  await page.goto(`${base}/account`);
  await page.getByLabel("A name you will know it by").fill("Phone");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.locator("li", { hasText: "Phone" }).waitFor();
  await looksRight(page, "passkeys");

  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(/\/sign-in/);
  let sent;
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/v1/auth/passkey")) sent = request.postData();
  });
  await page.goto(`${base}/sign-in?next=/account`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.waitForURL(`${base}/account`);
  await page.getByText("last used").last().waitFor();

  const again = await fetch(`${base}/v1/auth/passkey`, { method: "POST", headers: { "Content-Type": "application/json" }, body: sent });
  assert.equal(again.status, 422, "the same answer lets in twice");
  assert.equal((await again.json()).code, "passkey_invalid");

  await page.getByRole("button", { name: /^Remove/ }).click();
  await page.locator("li", { hasText: "Phone" }).waitFor({ state: "detached" });
  const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1, "the device does not know that it was removed");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(/\/sign-in/);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("This passkey was not accepted").waitFor();
  await looksRight(page, "passkey-refused");
});

test("doctors are not offered passkeys", async () => {
  const { page } = await device();
  await signIn(page, base, mailDir, doctor);
  await page.goto(`${base}/account`);
  assert.equal(await page.getByText("Passkeys").count(), 0);
  const answer = await page.evaluate(() => fetch("/v1/me/passkeys/options", { method: "POST" }).then((r) => r.status));
  assert.equal(answer, 403);
});
