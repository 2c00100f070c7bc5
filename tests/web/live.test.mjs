// ライブ: rows come, pause holds them, what was left out is said, a value narrows the stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable, until } from "./browser.mjs";
import { liveFixture } from "./fixtures/live.mjs";

const on = driver(liveFixture);

const lines = (page) => page.getByRole("grid").getAttribute("aria-rowcount").then(Number);

test("rows arrive, a pause keeps the list still and counts, what is left out is told", { skip }, () =>
  on("/live", {}, async (page, api) => {
    await page.getByText("● 受信中").waitFor();
    await page.getByRole("grid").waitFor();
    await page.getByText("毎秒 220件").waitFor();
    await page.getByText(/表示していません（保存はされています）/).waitFor();
    await page.getByRole("button", { name: "止める" }).click();
    const still = await lines(page);
    await page.getByText(/止めています（新しい記録 [1-9]/).waitFor();
    assert.equal(await lines(page), still);
    await page.getByRole("button", { name: "続ける" }).click();
    await until(async () => (await lines(page)) > still);
    await page.getByRole("button", { name: "止める" }).click();
    await page.getByRole("grid").getByRole("button", { name: "tanaka" }).first().click();
    await page.getByRole("menuitem", { name: "この値だけ" }).click();
    await page.waitForURL((url) => url.searchParams.get("q") === "user.name:tanaka");
    await page.getByRole("list", { name: "さがす条件" }).waitFor();
    assert.equal(api.asked.filter((one) => one.path === "/api/v1/tail").at(-1).query.q, "user.name:tanaka");
  }));

test("a tail that is refused asks whether somebody is signed in, and tries again", { skip }, () =>
  on("/live", {}, async (page, api) => {
    await page.getByText("● 受信中").waitFor();
    let refusals = 0;
    await page.route("**/api/v1/tail**", (route) => (refusals++ === 0 ? route.fulfill({ status: 503, body: "" }) : route.continue()));
    await page.getByRole("textbox", { name: "さがす言葉" }).fill("suzuki");
    await page.keyboard.press("Enter");
    await page.getByText("つなぎ直しています…").waitFor();
    await page.getByText("● 受信中").waitFor({ timeout: 10_000 });
    assert.ok(api.asked.some((one) => one.path === "/api/v1/me/sessions"));
  }));

for (const theme of ["light", "dark"]) {
  for (const language of ["ja", "en"]) {
    test(`within reach of everyone: ${theme}, ${language}`, { skip }, () =>
      on("/live", { theme, language }, async (page) => {
        await page.getByRole("grid").waitFor();
        await page.locator("body").press(" ");
        assert.deepEqual(await unreachable(page), []);
      }));
  }
}
