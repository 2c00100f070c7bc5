// How fast the page is on the real server, loopback, a day of a factory stored: node pace.mjs [PEOPLE]. AKASHI_BUILD, AKASHI_WEB.
import { folder, openPage, sharedBrowser, until } from "./browser.mjs";
import { becomeAdministrator, serve } from "./serve.mjs";

const TURNS = 5;
const people = process.argv[2] ?? "120";
const DAY_MS = 86_400_000;
const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
const server = await serve(process.env.AKASHI_BUILD, folder);
const browser = await sharedBrowser();
const say = (text) => process.stdout.write(`${text}\n`);

/** Fastest of the turns, by each figure. */
async function best(work) {
  const all = [];
  for (let turn = 0; turn < TURNS; turn++) all.push(await work());
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, Math.round(Math.min(...all.map((one) => one[name])))]));
}

try {
  await server.simulate("quiet-day", "--people", people, "--from", yesterday, "--days", "2");
  const page = await openPage(browser, server.url);
  await becomeAdministrator(page, server.code, { user: "sato", password: "tomato-garden-17-bridge" });
  await page.addInitScript(() => {
    new MutationObserver((_, watching) => {
      if (!document.querySelector("[role=row][aria-selected]")) return;
      window.rowsStoodAt = performance.now();
      watching.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  const paint = () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  for (const path of ["/", "/alerts", "/search", "/live", "/sources", "/packs", "/keep", "/admin/settings"]) {
    const found = await best(async () => {
      await page.goto(`${server.url}${path}`, { waitUntil: "load" });
      await page.getByRole("main").waitFor();
      await until(async () => (await paint()) > 0);
      return { paint: await paint() };
    });
    say(`${path}: first paint ${found.paint} ms`);
  }
  for (const q of ["", "tanaka", "操作:ログオン失敗"]) {
    const found = await best(async () => {
      await page.goto(`${server.url}/search?range=24h&q=${encodeURIComponent(q)}`);
      await page.getByRole("grid").getByRole("row").nth(1).waitFor();
      // a request stands among the entries when its answer has ended
      await until(() => page.evaluate(() => performance.getEntriesByType("resource").some((one) => new URL(one.name).pathname === "/api/v1/search")), { ms: 60_000 });
      return page.evaluate(() => {
        const asked = performance.getEntriesByType("resource").find((one) => new URL(one.name).pathname === "/api/v1/search");
        return { paint: performance.getEntriesByName("first-contentful-paint")[0].startTime, rows: window.rowsStoodAt - asked.startTime, server: asked.responseStart - asked.startTime };
      });
    });
    say(`24 h of ${JSON.stringify(q)}: first paint ${found.paint} ms, first byte ${found.server} ms and first rows ${found.rows} ms after asking`);
  }
  const begun = performance.now();
  await page.goto(`${server.url}/search?range=7d&limit=100000&all=true`);
  const box = page.getByRole("grid");
  await box.getByRole("row").nth(1).waitFor();
  const first = performance.now() - begun;
  await page.getByText(/(新しいものから)?[\d,]{6,}件/).first().waitFor({ timeout: 120_000 });
  await until(async () => (await box.getAttribute("aria-rowcount")) >= "1" && !(await page.getByText(/さがしています/).count()), { ms: 120_000 });
  const all = performance.now() - begun;
  const frames = await box.evaluate(async (grid) => {
    const took = [];
    for (let step = 0, last = performance.now(); step < 120; step++) {
      grid.scrollTop += 5_000;
      await new Promise((next) => requestAnimationFrame(next));
      took.push(performance.now() - last);
      last = performance.now();
    }
    took.sort((a, b) => a - b);
    return { middle: took[60], most: took[107] };
  });
  say(`${await box.getAttribute("aria-rowcount")} rows: first after ${first.toFixed(0)} ms, all after ${all.toFixed(0)} ms; frames while scrolling: half within ${frames.middle.toFixed(0)} ms, 9 of 10 within ${frames.most.toFixed(0)} ms`);
} finally {
  await browser.close();
  await server.close();
}
