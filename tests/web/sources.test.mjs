// 機器: who sends and who fell silent; a known device by its commands until it turns green; an unknown one by pasted lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable } from "./browser.mjs";
import { sourcesFixture, UNKNOWN } from "./fixtures/sources.mjs";

const on = driver(sourcesFixture);

test("the silent stand first, in words and shape; a device opens with its lines that nobody knew", { skip }, () =>
  on("/sources", {}, async (page) => {
    await page.getByText("届いている機器 5台、止まっている機器 1台").waitFor();
    const first = page.getByRole("main").getByRole("listitem").first();
    await first.getByText("止まっています").waitFor();
    await first.getByText("rtx1220").waitFor();
    await page.getByRole("button", { name: "192.168.1.77" }).click();
    await page.getByText(UNKNOWN[0]).waitFor();
    assert.match(page.url(), /source=192\.168\.1\.77/);
    await page.getByRole("link", { name: "このログの読み取り方を教える" }).click();
    await page.waitForURL(/sources\/add/);
    assert.equal(await page.getByLabel("ログの例（10行ほど）").inputValue(), UNKNOWN.join("\n"));
  }));

test("a known device shows its exact commands and turns green when its log arrives", { skip }, () =>
  on("/sources/add", { state: { sources: [] } }, async (page, api) => {
    await page.getByLabel("機器をさがす").fill("ﾔﾏﾊ");
    await page.getByRole("button", { name: "ヤマハ RTX・NVR・FWX シリーズ" }).click();
    await page.getByText("syslog host 192.168.1.10").waitFor();
    await page.getByText("ログを待っています").waitFor();
    api.state.sources = [{ name: "rtx1220", state: "sending", definition: "yamaha-rtx" }];
    await page.getByText("届きました：rtx1220").waitFor({ timeout: 10_000 });
  }));

test("unknown lines: pasted, the time chosen, the table looked at, saved under a name", { skip }, () =>
  on("/sources/add", {}, async (page, api) => {
    await page.getByLabel("ログの例（10行ほど）").fill(UNKNOWN.join("\n"));
    await page.getByRole("button", { name: "読み取ってみる" }).click();
    await page.getByText("2行のうち2行を読み取れました").waitFor();
    await page.getByRole("group", { name: "どれが「起きた時刻」ですか" }).getByRole("button", { name: "17:40", exact: true }).click();
    await page.getByRole("button", { name: "17:40", exact: true, pressed: true }).waitFor();
    assert.equal(api.asked.filter((one) => one.path === "/api/v1/definitions/guess").at(-1).body.time_format, "%H:%M");
    await page.getByLabel(/この機器の名前/).fill("門");
    await page.getByText("半角の小文字、数字、ハイフンで入れてください。").waitFor();
    await page.getByLabel(/この機器の名前/).fill("Ｇate-2");
    await page.getByRole("button", { name: "この読み取り方を使う" }).click();
    await page.getByText("「gate-2」として保存しました").waitFor();
  }));

test("lines that are known are said to be", { skip }, () =>
  on("/sources/add", {}, async (page) => {
    await page.getByLabel("ログの例（10行ほど）").fill("[INSPECT] PP[01][out] TCP 192.168.1.21:50000 > 192.0.2.9:443");
    await page.getByRole("button", { name: "読み取ってみる" }).click();
    await page.getByText("これは「ヤマハ RTX・NVR・FWX シリーズ」のログです").waitFor();
  }));

test("lines that nothing can be made of are said to be, and nothing is offered to save", { skip }, () =>
  on("/sources/add", {}, async (page) => {
    await page.getByLabel("ログの例（10行ほど）").fill("?");
    await page.getByRole("button", { name: "読み取ってみる" }).click();
    await page.getByText("このログの読み取り方は見つけられませんでした").waitFor();
    assert.equal(await page.getByRole("button", { name: "この読み取り方を使う" }).count(), 0);
  }));

for (const theme of ["light", "dark"]) {
  for (const language of ["ja", "en"]) {
    test(`within reach of everyone: ${theme}, ${language}`, { skip }, () =>
      on("/sources", { theme, language, state: { preferences: { view: theme === "dark" ? "expert" : "easy" } } }, async (page) => {
        await page.getByText("rtx1220").waitFor();
        assert.deepEqual(await unreachable(page), []);
        await page.goto(page.url().replace(/sources.*/, "sources/add"));
        await page.getByRole("button", { name: "FortiGate" }).click();
        await page.getByText("set server 192.168.1.10").waitFor();
        await page.getByRole("textbox").last().fill(UNKNOWN.join("\n"));
        await page.locator("form button[type=submit]").first().click();
        await page.getByRole("table").waitFor();
        assert.deepEqual(await unreachable(page), []);
      }));
  }
}
