// One headless Chromium for a program of tests; each page collects what must never happen.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "./mock.mjs";

const require = createRequire(fileURLToPath(new URL("../../web/package.json", import.meta.url)));
const { chromium } = require("playwright-core");

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const program = PROGRAMS.find((path) => existsSync(path));

/** The built page. */
export const folder = process.env.AKASHI_WEB;
/** Why no page can be driven here; false: it can. */
export const skip = !program ? "no chromium" : !folder ? "AKASHI_WEB names no built page" : false;

export async function open() {
  const browser = await chromium.launch({
    executablePath: program,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=ja"],
  });
  return browser;
}

/** A page of its own with { width, height, language, theme }; `.wrong` lists errors, policy violations and requests to elsewhere. */
export async function openPage(browser, url, { width = 1366, height = 768, language = "ja", theme = "light" } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === "ja" ? "ja-JP" : "en-US",
    colorScheme: theme,
    // a colour on its way to another is no colour to judge
    reducedMotion: "reduce",
    timezoneId: "Asia/Tokyo",
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  page.wrong = [];
  const home = new URL(url).host;
  await context.route("**/*", (route) => {
    const asked = new URL(route.request().url());
    if (asked.host === home || asked.protocol === "data:" || asked.protocol === "blob:") return route.continue();
    page.wrong.push(`a request to ${asked.host}`);
    return route.abort();
  });
  page.on("pageerror", (error) => page.wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // an answer with a status over 399 is told by the browser too; tests look at those themselves
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) page.wrong.push(`console: ${text}`);
  });
  await page.goto(url);
  return page;
}

let shared;

/** The one browser of this program; driver() closes it at the end. */
export const sharedBrowser = () => (shared ??= open());

/**
 * For a file of tests: gives on(path, { state, fixtures, ...look }, work). work(page, api) has a page, as look says, on a
 * mock of its own; a language and a theme are the person's too. Afterwards nothing was wrong.
 */
export function driver(usual) {
  after(async () => {
    const browser = await shared;
    shared = undefined;
    await browser?.close();
  });
  return async function on(path, { state = {}, fixtures = usual, ...look }, work) {
    const { language, theme } = look;
    const api = await start({ folder, fixtures, state: { ...state, preferences: { ...(language && { language }), ...(theme && { theme }), ...state.preferences } } });
    const page = await openPage(await sharedBrowser(), `${api.url}${path}`, look);
    try {
      await work(page, api);
      assert.deepEqual([...api.faults, ...page.wrong], []);
    } finally {
      await page.context().close();
      await api.close();
    }
  };
}

/** Waits until the work gives true; the page's policy forbids the browser's own way of waiting for a function. */
export async function until(work, { ms = 10_000 } = {}) {
  for (const end = Date.now() + ms; ; ) {
    if (await work()) return;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${work}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

let axeSource;

/** What is not accessible, WCAG 2.1 A and AA: [] when all is well. */
export async function unreachable(page) {
  axeSource ??= readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  // evaluated, not added as a script element: the page's policy forbids that, as it should
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary ?? ""}`).join("; ").slice(0, 400)}`);
}
