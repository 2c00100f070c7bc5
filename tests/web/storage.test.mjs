// What a browser keeps of the page on the real server: how it looks, and nothing of the logs or of who signed in (OWASP ASVS 5.0, 14.3).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { folder, openPage, sharedBrowser, skip as noPage, until } from "./browser.mjs";
import { becomeAdministrator, serve } from "./serve.mjs";

const build = process.env.AKASHI_BUILD;
const skip = noPage || (build ? false : "AKASHI_BUILD names no build folder");
const PERSON = { user: "sato", password: "tomato-garden-17-bridge" };
const SCREENS = ["/", "/search?range=30d&q=canary", "/live", "/alerts", "/sources", "/packs", "/keep", "/admin/users"];
const PREFERENCES = "akashi.preferences";
const SCHEME = "mantine-color-scheme-value"; // light or dark, by the library of the page
let server, browser, page;

before(async () => {
  if (skip) return;
  server = await serve(build, folder);
  await server.simulate("ransomware", "--people", "20");
  browser = await sharedBrowser();
  page = await openPage(browser, server.url);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** All that the page can read back: storage of both kinds, databases, caches, workers, cookies. */
const kept = () =>
  page.evaluate(async () => ({
    local: Object.fromEntries(Object.entries(localStorage)),
    session: Object.fromEntries(Object.entries(sessionStorage)),
    databases: (await indexedDB.databases()).map((one) => one.name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cookies: document.cookie,
  }));

function assertHarmless(found, where) {
  const { [PREFERENCES]: preferences = "{}", [SCHEME]: scheme = "auto", ...others } = found.local;
  assert.deepEqual(others, {}, where);
  assert.deepEqual(Object.keys(JSON.parse(preferences)).filter((name) => !["language", "theme", "view"].includes(name)), [], where);
  assert.match(scheme, /^(light|dark|auto)$/, where);
  assert.deepEqual({ ...found, local: {} }, { local: {}, session: {}, databases: [], caches: [], workers: 0, cookies: "" }, where);
}

test("nothing of the logs or of the session is kept on any screen", { skip, timeout: 180_000 }, async () => {
  await becomeAdministrator(page, server.code, PERSON);
  assertHarmless(await kept(), "set-up");
  for (const path of SCREENS) {
    await page.goto(`${server.url}${path}`);
    await page.getByRole("main").waitFor();
    await page.waitForTimeout(500);
    assertHarmless(await kept(), path);
  }
});

test("a browser that has signed out keeps nothing, and back shows nothing", { skip, timeout: 60_000 }, async () => {
  const [answer] = await Promise.all([
    page.waitForResponse((one) => one.request().method() === "DELETE" && one.url().endsWith("/api/v1/session")),
    (async () => {
      await page.getByRole("button", { name: PERSON.user, exact: true }).click();
      await page.getByRole("menuitem", { name: "サインアウト" }).click();
    })(),
  ]);
  assert.equal((await answer.allHeaders())["clear-site-data"], '"cache", "storage"');
  await until(async () => (await page.context().cookies()).length === 0);
  assertHarmless(await kept(), "signed out");
  await page.goBack();
  await page.getByLabel("パスワード", { exact: true }).waitFor();
  assert.equal(await page.getByRole("table").count(), 0);
});
