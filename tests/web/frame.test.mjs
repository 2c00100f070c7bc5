// The frame of every screen: places, language, theme, view; under the policy, without anything from outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable } from "./browser.mjs";
import { signedIn } from "./fixtures/front.mjs";

const on = driver(signedIn);

test("the frame speaks both languages and stays within the policy", { skip }, () =>
  on("/nowhere", {}, async (page) => {
    await page.getByRole("link", { name: "ログをさがす" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("link", { name: "Search logs" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  }));

for (const theme of ["light", "dark"]) {
  test(`the frame is within reach of everyone, ${theme}`, { skip }, () =>
    on("/nowhere", { theme }, async (page) => {
      await page.getByRole("button", { name: "tanaka" }).waitFor();
      assert.deepEqual(await unreachable(page), []);
    }));
}
