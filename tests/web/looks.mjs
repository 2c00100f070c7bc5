// A screen in both languages, both themes and both views: within reach of everyone, nothing wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, unreachable } from "./browser.mjs";
import { start } from "./mock.mjs";

/**
 * looks(name, { path, ready: { ja, en } }, ...): `ready` is a text of the screen when it is complete.
 * door() gives { browser, folder }; fixtures and state as for the mock. width and height: of the window.
 */
export function looks(name, { path, ready, fixtures, state = {}, door, skip, width, height, views = ["easy", "expert"] }) {
  for (const language of ["ja", "en"]) {
    for (const theme of ["light", "dark"]) {
      for (const view of views) {
        test(`${name}: ${language}, ${theme}, ${view}`, { skip }, async () => {
          const { browser, folder } = door();
          const api = await start({ folder, fixtures, state: { ...state, preferences: { language, theme, view } } });
          const page = await openPage(browser, `${api.url}${path}`, { language, theme, width, height });
          try {
            await page.getByText(ready[language]).first().waitFor({ timeout: 10_000 });
            await page.waitForLoadState("networkidle");
            assert.deepEqual(await unreachable(page), []);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
            assert.deepEqual([...api.faults, ...page.wrong], []);
          } finally {
            await page.context().close();
            await api.close();
          }
        });
      }
    }
  }
}
