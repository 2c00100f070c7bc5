// はじめての設定, from the first code to the disk: language, administrator, second factor, company, gear, mail, packs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable, until } from "./browser.mjs";
import { setupFixture } from "./fixtures/setup.mjs";

const on = driver(setupFixture);

async function administrator(page) {
  await page.getByLabel("設定コード").fill("wrong");
  await page.getByLabel("管理者の名前").fill("tanaka");
  await page.getByLabel("パスワード", { exact: true }).fill("a long sentence of one's own");
  await page.getByLabel("パスワード（もう一度）").fill("a long sentence of one's own");
  await page.getByRole("button", { name: "管理者になる" }).click();
  await page.getByText("設定コードがちがいます。").waitFor();
  assert.deepEqual(await unreachable(page), []);
  await page.getByLabel("設定コード").fill("Ｋ7QF-20AB");
  await page.getByRole("button", { name: "管理者になる" }).click();
  await page.getByRole("img", { name: /otpauth/ }).waitFor();
  await page.getByLabel("確認コード").fill("123456");
  await page.getByRole("button", { name: "次へ" }).click();
  await page.getByRole("button", { name: "控えました" }).click();
}

test("the whole way of the first set-up", { skip, timeout: 90_000 }, () =>
  on("/", {}, async (page, api) => {
    await page.getByText("English", { exact: true }).first().click();
    await page.getByRole("heading", { name: "First set-up" }).waitFor();
    await page.getByText("日本語", { exact: true }).first().click();
    await administrator(page);
    await page.getByRole("heading", { name: "会社の暦とネットワーク" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/setup/company");
    await page.getByLabel("会社名").fill("証製作所");
    await page.getByLabel(/会社の休み/).fill("12-29..01-04 年末年始");
    await page.getByLabel(/自社のグローバルアドレス/).fill("203.0.113.0/28");
    await page.getByRole("button", { name: "保存して次へ" }).click();
    await page.waitForURL(/setup\/gear/);
    const { yaml } = api.asked.find((one) => one.method === "PUT" && one.path === "/api/v1/company").body;
    assert.match(yaml, /\{date: 12-29, until: 01-04, name: "年末年始"\}/);
    assert.match(yaml, /own: \["203\.0\.113\.0\/28"\]/);
    await page.getByRole("button", { name: "FortiGate" }).click();
    await page.getByText("set server 192.168.1.10").waitFor();
    api.state.sources = [{ name: "utm1", state: "sending", definition: "fortigate" }];
    await page.getByText("届きました：utm1").waitFor({ timeout: 10_000 });
    await page.getByRole("button", { name: "次へ" }).click();
    await page.getByRole("button", { name: "見本を送る" }).click();
    await page.getByText("mail it@example.com：送りました").waitFor();
    await page.getByText("つながりません。").waitFor();
    await page.getByRole("button", { name: "次へ" }).click();
    const ransomware = page.getByRole("switch", { name: /ランサムウェアの前ぶれ/ });
    assert.equal(await ransomware.isChecked(), false);
    await ransomware.click();
    await until(() => ransomware.isChecked());
    assert.deepEqual(api.asked.find((one) => one.method === "PATCH" && one.path.startsWith("/api/v1/packs")).body, { on: true });
    await page.getByRole("button", { name: "次へ" }).click();
    await page.getByText("今の空きで、ログをおよそ6.6年ためられます。").waitFor();
  }));

for (const theme of ["light", "dark"]) {
  for (const language of ["ja", "en"]) {
    test(`each step is within reach of everyone: ${theme}, ${language}`, { skip, timeout: 60_000 }, () =>
      on("/setup/company", { state: { step: "in" }, theme, language }, async (page) => {
        for (const step of ["company", "gear", "mail", "packs", "done"]) {
          await page.locator(`a[href="/setup/${step}"]`).click();
          await page.locator("#setup-step").waitFor();
          await page.waitForLoadState("networkidle");
          assert.deepEqual(await unreachable(page), [], step);
        }
      }));
  }
}
