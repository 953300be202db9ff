// Every page at phone and desktop width, light and dark: axe finds nothing, no
// script fails, nothing is wider than the window. With ROUNDS_SCREENSHOTS=DIR
// each is photographed instead, in all looks. Started by TestPagesInBrowser.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import test, { after, before } from "node:test";
import { launch, need, untilPlayer } from "./browser.mjs";

const base = need("BASE_URL", "pages with somebody signed in");
const out = need("SIGNED_OUT_URL", "pages with nobody signed in, refusing every code");
const empty = need("EMPTY_URL", "pages of somebody who has nothing yet but a rehearsal");
const completed = need("COMPLETED_URL", "pages of a doctor who has watched all that there is");
const arabic = need("ARABIC_URL", "the pages of BASE_URL for somebody who reads Arabic");
const shots = process.env.ROUNDS_SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// few: its template is looked at in all looks with another page; a number says in how many.
const pages = {
  "sign-in": { url: `${out}/sign-in` },
  code: { url: `${out}/sign-in/code` },
  "code-wrong": {
    url: `${out}/sign-in`,
    act: async (page) => {
      await page.goto(`${out}/sign-in/code`);
      await page.getByLabel("E-mail address").fill("amira@example.org");
      await page.getByLabel("Code", { exact: true }).fill("123456");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("This code is wrong").waitFor();
    },
  },
  register: { url: `${out}/register?code=K7QP-2MXV-9TRD` },
  waiting: { url: `${out}/register/waiting` },
  account: { url: `${base}/account` },
  events: { url: `${base}/events` },
  event: { url: `${base}/events/spw_1`, act: (page) => page.locator("summary").first().click() },
  "event-new": { url: `${base}/admin/programs/prg_1/events/new` },
  courses: { url: `${base}/courses` },
  "courses-empty": { url: `${empty}/courses` },
  "courses-completed": { url: `${completed}/courses`, few: 1 },
  "webinar-ended": {
    url: `${completed}/webinars/web_2`,
    few: 1,
    act: async (page) => {
      await untilPlayer(page, "the first frame", (p) => p.state === "ready");
      await page.locator("#seek").evaluate((bar) => {
        bar.value = "38.5";
        bar.dispatchEvent(new Event("change"));
      });
      await page.locator("#play").click();
      await page.getByText("You have completed the whole program").waitFor();
    },
  },
  webinar: { url: `${base}/webinars/web_2`, act: (page) => untilPlayer(page, "the first frame", (p) => p.state === "ready") },
  "webinar-playing": {
    url: `${base}/webinars/web_2`,
    act: async (page) => {
      await untilPlayer(page, "the first frame", (p) => p.state === "ready");
      await page.locator("#big-play").click();
      await untilPlayer(page, "a saved beat", (p) => p.status === "saved" && p.time > 26);
    },
  },
  missing: { url: `${base}/programs/prg_1/missing`, act: (page) => page.locator("#web_2 summary").first().click() },
  "missing-admin": { url: `${base}/programs/prg_1/missing?account_id=acc_9`, act: async (page) => {
    for (const id of ["web_2", "web_3"]) await page.locator(`#${id} .withdraw summary`).click();
  } },
  doctor: { url: `${base}/admin/doctors?email=ana@example.org` },
  "doctor-nobody": { url: `${base}/admin/doctors?email=x@example.org` },
  rule: { url: `${base}/admin/programs/prg_1/rule` },
  "rule-preview": {
    url: `${base}/admin/programs/prg_1/rule`,
    act: async (page) => {
      await page.getByRole("button", { name: "Show whom this changes" }).click();
      await page.getByRole("button", { name: "Set this rule" }).waitFor();
    },
  },
  attendance: { url: `${base}/admin/webinars/web_2/attendance`, act: (page) => page.locator("#claim-clm_2 summary").click() },
  "attendance-empty": { url: `${base}/admin/webinars/web_9/attendance?saved=undo` },
  "attendance-tried": {
    url: `${base}/admin/webinars/web_2/attendance`,
    act: async (page) => {
      await page.getByLabel("Report", { exact: true }).setInputFiles({ name: "report.csv", mimeType: "text/csv", buffer: Buffer.from("a,b") });
      await page.getByRole("button", { name: "Try it" }).click();
      await page.getByText("Nothing is stored yet").waitFor();
    },
  },
  "attendance-wrong": {
    url: `${base}/admin/webinars/web_2/attendance`,
    act: async (page) => {
      await page.getByRole("button", { name: /Galaxy S24/ }).click();
      await page.getByText("Choose a doctor").waitFor();
    },
  },
  people: { url: `${base}/admin/people?q=ana` },
  person: { url: `${base}/admin/people/acc_9`, act: (page) => page.locator("summary").first().click() },
  "person-disabled": { url: `${base}/admin/people/acc_7?done=disable`, few: true },
  "import-new": { url: `${base}/admin/people/import`, act: (page) => page.locator("summary").click() },
  import: { url: `${base}/admin/people/import/aim_1`, few: true },
  imports: { url: `${base}/admin/people/imports`, few: true },
  "attendance-imports": { url: `${base}/admin/attendance-imports`, few: true, act: (page) => page.locator("#imp_2 summary").click() },
  "import-running": { url: `${base}/admin/people/import/aim_2`, few: true },
  "edit-course": { url: `${base}/admin/courses/crs_2/edit`, few: true },
  "edit-webinar": { url: `${base}/admin/webinars/web_2/edit` },
  deleted: { url: `${base}/admin/deleted?done=deleted`, few: true },
  search: { url: `${base}/search?q=beta` },
  "search-nothing": { url: `${base}/search?q=nothing`, few: true },
  queue: { url: `${base}/admin/recordings?state=all`, act: (page) => page.locator("#rec_1 summary").click() },
  readiness: { url: `${base}/admin/webinars/web_2/readiness` },
  board: { url: `${base}/admin/readiness`, few: true },
  tokens: { url: `${base}/admin/tokens`, act: (page) => page.locator("#tok_1 summary").click() },
  "token-made": {
    url: `${base}/admin/tokens/new`,
    act: async (page) => {
      await page.getByLabel("Name").fill("nightly export");
      await page.getByLabel("catalog:read").check();
      await page.getByRole("button", { name: "Create" }).click();
      await page.getByText("rnd_secret").waitFor();
    },
  },
  webhooks: { url: `${base}/admin/webhooks`, few: true },
  deliveries: { url: `${base}/admin/deliveries?endpoint_id=whe_1`, few: true },
  audit: { url: `${base}/admin/audit`, few: true },
  "audit-wrong": { url: `${base}/admin/audit?since=yesterday` },
  messages: { url: `${base}/admin/messages`, few: true },
  texts: { url: `${base}/admin/texts`, few: true },
  settings: { url: `${base}/admin/settings`, few: true },
  words: {
    url: `${base}/admin/texts/words/sign_in_code/email/en`,
    few: 1,
    act: async (page) => {
      await page.locator('button[value="preview"]').click();
      await page.locator("#preview").waitFor();
    },
  },
  health: { url: `${base}/admin/health`, few: 1 },
  mappings: { url: `${base}/admin/attendance-mappings` },
  claim: { url: `${base}/webinars/web_2/claim?sent=1` },
  support: { url: `${base}/support?q=lopes` },
  "support-nobody": { url: `${base}/support?q=nobody` },
  helped: { url: `${base}/support/doctors/acc_ana`, act: (page) => page.getByText("Correct name or e-mail").first().click() },
  "helped-code": {
    url: `${base}/support/doctors/acc_ana`,
    act: async (page) => {
      await page.locator("summary", { hasText: "Read out a code" }).click();
      await page.locator("form[action$=phone-code] input[name=reason]").fill("Her mail server is down");
      await page.locator("form[action$=phone-code] button").click();
      await page.getByText("482913").waitFor();
    },
  },
  merge: {
    url: `${base}/support/doctors/acc_ana`,
    act: async (page) => {
      await page.locator("summary", { hasText: "Join two accounts" }).click();
      await page.locator("form[action$=merge] input[name=email]").fill("ana@old.example");
      await page.locator("form[action$=merge] button").click();
      await page.getByText("This cannot be undone").waitFor();
    },
  },
  sponsor: { url: `${base}/sponsor` },
  figures: { url: `${base}/sponsor/programs/prg_1` },
  "own-data": { url: `${base}/account/data`, act: (page) => page.locator("summary", { hasText: "Ask for erasure" }).click() },
  erasures: { url: `${base}/admin/erasures` },
  quality: { url: `${base}/admin/programs/prg_1/quality?webinar=web_2` },
  reports: { url: `${base}/admin/programs/prg_1/reports`, few: true },
  excluded: { url: `${base}/admin/webinars/web_2/excluded` },
  "webinar-later": { url: `${base}/webinars/web_4` },
  "webinar-withdrawn": { url: `${base}/webinars/web_6`, few: 1 },
  analytics: { url: `${base}/presenter/webinars/web_2/analytics`, act: (page) => page.locator("summary").click() },
  answering: { url: `${base}/presenter/webinars/web_2/questions?state=all`, few: true, act: (page) => page.locator(".ask summary").first().click() },
  guide: { url: `${base}/presenter/guide`, few: true },
  upload: { url: `${base}/upload/web_5` },
  presenter: { url: `${base}/presenter` },
  "rehearsal-goes-on": { url: `${empty}/presenter`, few: 1 },
  rehearsal: { url: `${empty}/presenter/webinars/web_2`, few: true },
  "rehearsal-upload": { url: `${empty}/upload/web_2`, few: 1 },
  presented: { url: `${base}/presenter/webinars/web_6`, few: 1 },
  calendar: { url: `${base}/account/calendar`, few: 1 },
  channel: { url: `${base}/account/channel`, few: 1 },
  brand: { url: `${base}/admin/programs/prg_1/brand`, few: 1 },
  course: { url: `${base}/courses/crs_3`, few: 1 },
  recording: { url: `${base}/recordings/rec_1` },
  "recording-early": { url: `${base}/recordings/rec_2` },
  "recording-wrong": {
    url: `${base}/recordings/rec_1`,
    act: async (page) => {
      await page.locator('input[name="at"]').last().fill("half past");
      await page.getByRole("button", { name: "Save chapters" }).click();
      await page.getByText("Write times like").waitFor();
    },
  },
  "webinar-captions": {
    url: `${base}/webinars/web_2`,
    act: async (page) => {
      await untilPlayer(page, "the first frame", (p) => p.state === "ready");
      await page.locator("#chapters a").nth(1).click();
      await page.locator("#captions").click();
      await page.waitForFunction(() => (document.querySelector("#video").textTracks[0].activeCues?.length ?? 0) > 0);
      await page.locator("#play").click();
      await page.locator("#play").hover();
    },
  },
  admin: { url: `${base}/admin` },
  "admin-webinar": { url: `${base}/admin/courses/crs_2/webinars/new` },
  "admin-invite": { url: `${base}/admin/programs/prg_1/invitations/new` },
  "admin-codes": {
    url: `${base}/admin/programs/prg_1/invitations/new`,
    act: async (page) => {
      await page.getByLabel("E-mail addresses").fill("a@example.org b@example.org");
      await page.getByRole("button", { name: "Invite doctors" }).click();
      await page.getByText("not shown again").waitFor();
    },
  },
  "not-found": { url: `${base}/nothing-here` },
};

// A look may be of another language, of the reader's own few colours, or of text
// twice as large.
const looks = {
  phone: { viewport: { width: 360, height: 640 }, colorScheme: "light" },
  desktop: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  narrow: { viewport: { width: 320, height: 640 }, colorScheme: "dark" },
};
const more = {
  forced: { viewport: { width: 360, height: 640 }, colorScheme: "dark", forcedColors: "active" },
  large: { viewport: { width: 1280, height: 800 }, colorScheme: "light", text: "200%" },
  "phone-ar": { viewport: { width: 360, height: 640 }, colorScheme: "light", language: "ar" },
  "desktop-ar": { viewport: { width: 1280, height: 800 }, colorScheme: "light", language: "ar" },
};
// For pictures only: a sheet of A4.
const paper = { print: { viewport: { width: 794, height: 1123 }, colorScheme: "light", media: "print" } };

/** Pages whose templates stand for the others in the further looks; for pictures all pages are looked at. */
const everyLook = /^(sign-in|missing|admin|quality)$/;

function looksOf(name, few) {
  if (shots || everyLook.test(name)) return Object.fromEntries(Object.entries({ ...looks, ...(shots && paper), ...more }).filter(([look]) => wantedLooks.test(look)));
  return Object.fromEntries(Object.entries(looks).slice(0, few ? Number(few) + Number(few === true) : undefined));
}

const wantedLooks = new RegExp(process.env.ROUNDS_LOOKS ?? ""); // only these, while one looks at them
let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const wanted = new RegExp(process.env.ROUNDS_PAGES ?? ""); // only these, while one looks at them
for (const [name, { url, act, few }] of Object.entries(pages).filter(([page]) => wanted.test(page))) {
  test(name, async () => {
    // Without motion: between two looks nothing is half faded, however long a frame takes.
    const context = await browser.newContext({ timezoneId: "Africa/Cairo", locale: "en-GB", reducedMotion: "reduce" });
    try {
      const page = await context.newPage();
      const failures = [];
      page.on("pageerror", (error) => failures.push(String(error)));
      page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
      await page.goto(url);
      await act?.(page);
      if (process.env.ROUNDS_GUIDE_PICTURES) await photographForGuide(page, name);
      for (const [look, { viewport, colorScheme, forcedColors = "none", media = "screen", text = "", language }] of Object.entries(looksOf(name, few))) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme, forcedColors, media });
        if (language && (await page.evaluate(() => document.documentElement.lang)) !== language) await inLanguage(page, language, act);
        await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
        if (shots) await photograph(page, name, look);
        else await examine(page, look);
      }
      assert.deepEqual(failures.filter((f) => !/status of (404|422)/.test(f)), []);
    } finally {
      await context.close();
    }
  });
}

/** Shows the page to somebody who reads another language. What was done on it is done again where that asks for no English words. */
async function inLanguage(page, language, act) {
  const { origin, href } = new URL(page.url());
  await page.context().addCookies([{ name: "rounds_language", value: language, url: origin }]);
  await page.goto(href.replace(base, arabic));
  if (act && !/getBy|hasText|goto/.test(String(act))) await act(page);
}

/** Pictures of the presenters' guide: the top of a page, small enough to be kept. */
async function photographForGuide(page, name) {
  await page.setViewportSize({ width: 900, height: 480 });
  await page.emulateMedia({ colorScheme: "light" });
  await page.evaluate((at) => (at === "recording" ? document.querySelector("#chapters").scrollIntoView() : scrollTo(0, 0)), name);
  await page.evaluate(() => (document.querySelector(".head").hidden = true));
  await page.screenshot({ path: path.join(process.env.ROUNDS_GUIDE_PICTURES, `guide-${name}.png`) });
}

async function photograph(page, name, look) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: path.join(shots, `${name}-${look}.png`), fullPage: true });
}

/**
 * axe (WCAG 2.2 AA and its best practices) and the width of the page. The
 * viewer's mark is faint on purpose, hidden from screen readers and says nothing
 * to whoever watches: contrast is not asked of decoration (WCAG 1.4.3).
 */
async function examine(page, look) {
  await page.evaluate(axe);
  // Forced colours are the reader's: axe reads the page's own, which are not shown.
  const rules = { "color-contrast": { enabled: look !== "forced" } };
  const { violations } = await page.evaluate((rules) => globalThis.axe.run({ exclude: [[".mark"]] }, { rules }), rules);
  const found = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(found, [], look);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, select")].filter((e) => e.offsetParent && !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.id || e.textContent),
  );
  assert.deepEqual(cut, [], `on ${look} these stand outside the window`);
  assert.ok(overflow <= 0, `on ${look} the page is ${overflow} px wider than the window`);
}
