// The doctor's pages in Arabic, from right to left, and with a program's own
// colour: light, dark, on a phone and at 320 px, axe finds nothing and nothing
// stands outside of the window. Started by TestArabicInBrowser.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import test, { after, before } from "node:test";
import { launch, need } from "./browser.mjs";

const base = need("BASE_URL", "pages of somebody who reads Arabic");
const shots = process.env.ROUNDS_SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = {
  phone: { width: 360, height: 640, colorScheme: "light" },
  desktop: { width: 1280, height: 800, colorScheme: "dark" },
  narrow: { width: 320, height: 640, colorScheme: "light" },
};

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

for (const [name, at] of Object.entries({ courses: "/courses", course: "/courses/crs_3", help: "/help", later: "/webinars/web_4", account: "/account", calendar: "/account/calendar", brand: "/admin/programs/prg_1/brand" })) {
  test(`${name} in Arabic`, async () => {
    const page = await browser.newPage();
    try {
      await page.goto(base + at);
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), "rtl");
      for (const [look, { width, height, colorScheme }] of Object.entries(looks)) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        if (shots) {
          mkdirSync(shots, { recursive: true });
          await page.screenshot({ path: path.join(shots, `ar-${name}-${look}.png`), fullPage: true });
        }
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`), [], look);
        const outside = await page.evaluate(() => [...document.querySelectorAll("a, button, h1, h2, p")]
          .filter((e) => e.offsetParent && !e.closest(".visually-hidden, .skip"))
          .filter((e) => e.getBoundingClientRect().left < -1 || e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.textContent.trim().slice(0, 60)));
        assert.deepEqual(outside, [], look);
      }
    } finally {
      await page.close();
    }
  });
}
