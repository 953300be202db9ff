// A shared computer is signed in by a phone, against a complete system. With
// ROUNDS_SCREENSHOTS=DIR the pages are photographed. Started by TestHandoverInChromium.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { launch, looksRight, need, signIn } from "./browser.mjs";

const base = need("BASE_URL", "address of a complete system");
const mailDir = need("MAIL_DIR", "its folder of mails");
const doctor = need("DOCTOR_EMAIL", "address of a doctor");

let browser;
let phone;
before(async () => {
  browser = await launch();
  phone = await (await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true })).newPage();
  await signIn(phone, base, mailDir, doctor);
});
after(() => browser.close());

/** Opens a computer's page, shows the picture and returns what stands there and where the picture leads. */
async function computer(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${base}/sign-in`);
  await page.getByRole("link", { name: "sign in with my phone" }).click();
  await page.getByRole("button", { name: "Show the QR code" }).click();
  await page.getByRole("img", { name: "QR code" }).waitFor();
  const [cookie] = (await context.cookies(`${base}/sign-in/phone`)).filter((c) => c.name === "rounds_handover");
  return { page, context, number: (await page.locator(".handover-number").innerText()).trim(), link: `${base}/phone/${cookie.value.split(".")[0]}` };
}

test("the computer gets in when the phone names its number", async () => {
  const ward = await computer({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
  await looksRight(ward.page, "handover-computer");
  await phone.goto(ward.link);
  await looksRight(phone, "handover-phone");
  await phone.getByRole("button", { name: ward.number, exact: true }).click();
  await phone.getByText("Done.").waitFor();
  await looksRight(phone, "handover-phone-done");
  await ward.page.waitForURL(`${base}/courses`);
  const cookies = await ward.context.cookies(base);
  assert.equal(cookies.find((c) => c.name === "rounds_session").expires, -1, "the computer remembers");
  await phone.goto(`${base}/account`);
  await phone.getByText("Shared computer").waitFor();
  await looksRight(phone, "handover-devices");
  await phone.getByRole("button", { name: /^Sign out there/ }).first().click();
  await phone.getByText("Shared computer").waitFor({ state: "detached" });
});

test("it works without script", async () => {
  const ward = await computer({ javaScriptEnabled: false });
  await phone.goto(ward.link);
  await phone.getByRole("button", { name: ward.number, exact: true }).click();
  await phone.getByText("Done.").waitFor();
  await ward.page.waitForURL(`${base}/courses`);
});

test("a wrong number ends it, on both", async () => {
  const ward = await computer({ bypassCSP: true });
  await phone.goto(ward.link);
  const wrong = (await phone.locator(".handover-choices button").allInnerTexts()).find((text) => text.trim() !== ward.number);
  await phone.getByRole("button", { name: wrong.trim(), exact: true }).click();
  await phone.getByRole("alert").getByText("another number").waitFor();
  await ward.page.getByRole("alert").getByText("This sign-in is over").waitFor();
  await looksRight(ward.page, "handover-over");
});
