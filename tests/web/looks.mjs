// A screen in both languages, both themes and both views: within reach of everyone, nothing wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { skip, unreachable } from "./browser.mjs";

// every two of language, theme and view meet once
const LOOKS = [
  ["ja", "light", "easy"],
  ["ja", "dark", "expert"],
  ["en", "dark", "easy"],
  ["en", "light", "expert"],
];

/**
 * looks(name, on, { path, ready: { ja, en }, ... }): `ready` is a text of the screen when it is complete; `on` is a file's
 * driver. A screen that is the same in both views has one: views. width and height: of the window.
 */
export function looks(name, on, { path, ready, state = {}, width, height, views = ["easy", "expert"] }) {
  for (const [language, theme, wanted] of LOOKS) {
    const view = views.includes(wanted) ? wanted : views[0];
    test(`${name}: ${language}, ${theme}, ${view}`, { skip }, () =>
      on(path, { state: { ...state, preferences: { view } }, language, theme, width, height }, async (page) => {
        await page.getByText(ready[language]).first().waitFor({ timeout: 10_000 });
        await page.waitForLoadState("networkidle");
        assert.deepEqual(await unreachable(page), []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
      }));
  }
}
