// Signing in with a second factor, and one's own settings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable } from "./browser.mjs";
import { door } from "./fixtures/door.mjs";

const on = driver(door);
const signedIn = { state: { step: "in" } };

async function enter(page, password) {
  await page.getByLabel("ユーザー名").fill("tanaka");
  await page.getByLabel("パスワード", { exact: true }).fill(password);
  await page.getByRole("button", { name: "サインイン" }).click();
}

test("a wrong password is refused in words, the right one asks for a code, full-width digits are digits", { skip }, () =>
  on("/me", {}, async (page, api) => {
    await enter(page, "wrong");
    await page.getByRole("alert").getByText("ユーザー名かパスワードがちがいます。").waitFor();
    assert.deepEqual(await unreachable(page), []);
    await enter(page, "a long sentence of one's own");
    await page.getByLabel("確認コード").fill("１２３ ４５６");
    await page.getByRole("button", { name: "次へ" }).click();
    await page.getByRole("heading", { name: "自分の設定" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/me", "the way in leads to the view that was asked for");
    assert.equal(api.asked.find((one) => one.path === "/api/v1/session/code").body.code, "123456");
  }));

test("other places are ended, hidden signs of a browser's name are seen", { skip }, () =>
  on("/me", { state: { step: "in" }, theme: "dark" }, async (page) => {
    await page.getByText("U+202E").waitFor();
    assert.deepEqual(await unreachable(page), []);
    await page.getByRole("button", { name: "ここ以外をすべて終わらせる" }).click();
    await page.getByText("U+202E").waitFor({ state: "detached" });
  }));

test("a second factor is set up, and the recovery codes are shown once", { skip }, () =>
  on("/me", signedIn, async (page, api) => {
    await page.getByRole("button", { name: "新しく作り直す（機種変更のとき）" }).click();
    await page.getByRole("img", { name: /otpauth/ }).waitFor();
    await page.getByLabel("確認コード").fill("123456");
    await page.getByRole("button", { name: "次へ" }).click();
    await page.getByText("abcd-0009").waitFor();
    assert.deepEqual(await unreachable(page), []);
    assert.equal(api.asked.filter((one) => one.method === "POST" && one.path === "/api/v1/me/totp").length, 1);
    await page.getByRole("button", { name: "控えました" }).click();
    await page.getByRole("heading", { name: "自分の設定" }).waitFor();
  }));

test("what matters asks for the password once more, then goes on", { skip }, () =>
  on("/me", { state: { step: "in", proved: false } }, async (page) => {
    await page.getByRole("button", { name: "新しく作り直す（機種変更のとき）" }).click();
    const dialog = page.getByRole("dialog", { name: "本人の確認" });
    await dialog.getByLabel("パスワード", { exact: true }).fill("wrong");
    await dialog.getByLabel("確認コード").fill("654321");
    await dialog.getByRole("button", { name: "続ける" }).click();
    await dialog.getByText("パスワードか確認コードがちがいます。").waitFor();
    assert.deepEqual(await unreachable(page), []);
    await dialog.getByLabel("パスワード", { exact: true }).fill("a long sentence of one's own");
    await dialog.getByRole("button", { name: "続ける" }).click();
    await page.getByRole("img", { name: /otpauth/ }).waitFor();
  }));

test("a password that is too short is refused with words, the page stays", { skip }, () =>
  on("/me", signedIn, async (page) => {
    await page.getByRole("button", { name: "パスワードを変える" }).click();
    await page.getByLabel("今のパスワード").fill("a long sentence of one's own");
    await page.getByLabel("新しいパスワード", { exact: true }).fill("short");
    await page.getByLabel("新しいパスワード（もう一度）").fill("short");
    await page.getByRole("button", { name: "変える" }).click();
    await page.getByText("12文字以上にしてください。").waitFor();
  }));
