// The frame of every screen: places, language, theme, view; under the policy, without anything from outside.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, openPage, program, unreachable } from "./browser.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { start } from "./mock.mjs";

const folder = process.env.AKASHI_WEB;
const skip = !program ? "no chromium" : !folder ? "AKASHI_WEB names no built page" : false;
let browser;
let api;

before(async () => {
  if (skip) return;
  browser = await open();
  api = await start({ folder, fixtures: signedIn });
});
after(async () => {
  await browser?.close();
  await api?.close();
});

test("the frame speaks both languages and stays within the policy", { skip }, async () => {
  const page = await openPage(browser, `${api.url}/nowhere`);
  await page.getByRole("link", { name: "ログをさがす" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("link", { name: "Search logs" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

for (const theme of ["light", "dark"]) {
  test(`the frame is within reach of everyone, ${theme}`, { skip }, async () => {
    const page = await openPage(browser, `${api.url}/nowhere`, { theme });
    await page.getByRole("button", { name: "tanaka" }).waitFor();
    assert.deepEqual(await unreachable(page), []);
    await page.close();
  });
}
