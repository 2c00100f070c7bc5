// Pictures of each screen for doc/screens: node screens.mjs FOLDER [NAME...]; AKASHI_WEB names the built page.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { open, openPage } from "./browser.mjs";
import { door } from "./fixtures/door.mjs";
import { liveFixture } from "./fixtures/live.mjs";
import { searching } from "./fixtures/search.mjs";
import { setupFixture } from "./fixtures/setup.mjs";
import { sourcesFixture } from "./fixtures/sources.mjs";
import { start } from "./mock.mjs";
import { watchedScreens } from "./watched.mjs";

const [folder, ...wanted] = process.argv.slice(2);
if (!folder || !process.env.AKASHI_WEB) {
  process.stderr.write("AKASHI_WEB=DIST node screens.mjs FOLDER [NAME...]\n");
  process.exit(2);
}

// name, path, fixtures, the view, and what to wait for and do before the picture
const screens = [
  ["door", "/", door, "easy", (page) => page.locator("form").waitFor()],
  ["setup", "/setup/gear", setupFixture, "easy", async (page) => {
    await page.locator("button", { hasText: "RTX" }).click();
    await page.locator("pre").first().waitFor();
  }],
  ["search", "/search", searching, "easy", (page) => page.getByRole("grid").waitFor()],
  ["search-expert", "/search?q=192.168", searching, "expert", (page) => page.getByRole("grid").waitFor()],
  ["record", "/search?q=tanaka", searching, "easy", async (page) => {
    await page.getByRole("row").nth(2).click({ position: { x: 20, y: 10 } });
    await page.locator("pre").waitFor();
  }],
  ["record-proof", "/search?q=tanaka&record=4000", searching, "expert", async (page) => {
    await page.getByRole("dialog").locator("a[download]").waitFor();
    await page.getByRole("dialog").locator("a[download]").evaluate((link) => link.closest("section").scrollIntoView());
  }],
  ["live", "/live", liveFixture, "easy", async (page) => {
    await page.getByRole("grid").waitFor();
    await page.waitForTimeout(1500);
    await page.locator("body").press(" ");
  }],
  ["sources", "/sources", sourcesFixture, "easy", (page) => page.getByText("rtx1220").waitFor()],
  ["sources-expert", "/sources", sourcesFixture, "expert", (page) => page.getByText("rtx1220").waitFor()],
  ["source-add", "/sources/add", sourcesFixture, "easy", async (page) => {
    await page.locator("button", { hasText: "FortiGate" }).click();
    await page.locator("pre").first().waitFor();
  }],
  ...watchedScreens,
];

mkdirSync(folder, { recursive: true });
const browser = await open();
for (const [name, path, fixtures, view, ready] of screens) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const language of ["ja", "en"]) {
    for (const theme of ["light", "dark"]) {
      const state = { step: name === "door" ? "out" : "in", preferences: { language, theme, view } };
      const api = await start({ folder: process.env.AKASHI_WEB, fixtures, state });
      const page = await openPage(browser, `${api.url}${path}`, { language, theme });
      await ready(page);
      // a stream never ends: it is enough that all else had the time to come
      await page.waitForLoadState("networkidle", { timeout: 2500 }).catch(() => undefined);
      const file = join(folder, `${name}.${language}.${theme}.webp`);
      // WebP by the browser itself: a third of a PNG
      const shot = await (await page.context().newCDPSession(page)).send("Page.captureScreenshot", { format: "webp", quality: 60 });
      writeFileSync(file, Buffer.from(shot.data, "base64"));
      process.stdout.write(`${file} ${statSync(file).size} bytes${page.wrong.length + api.faults.length ? ` WRONG: ${[...page.wrong, ...api.faults].join("; ")}` : ""}\n`);
      await page.context().close();
      await api.close();
    }
  }
}
await browser.close();
