// The state of today: the sentence, what to do, what has fallen silent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip } from "./browser.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { goodHome, homes } from "./fixtures/homes.mjs";
import { looks } from "./looks.mjs";

const on = driver({ ...signedIn, ...homes });

test("at most three things to do, each leads to its screen", { skip }, () =>
  on("/", {}, async (page) => {
    await page.getByText("緊急の出来事が1件あります").waitFor();
    const list = page.getByRole("list").filter({ hasText: "バックアップの場所" });
    assert.equal(await list.getByRole("listitem").count(), 3);
    const links = await list.getByRole("link").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    assert.deepEqual(links, ["/alerts/31", "/sources?name=utm2.example.com", "/admin/settings?text=backup."]);
    await page.getByRole("table").getByText("utm2.example.com").waitFor();
  }));

test("a good day says that there is nothing to do", { skip }, () =>
  on("/", { state: { home: goodHome } }, async (page) => {
    await page.getByText("今日やることはありません").waitFor();
    await page.getByText("改ざんなし").waitFor();
    assert.equal(await page.getByRole("table").count(), 0);
    assert.equal(await page.getByText("1秒あたりの記録").count(), 0, "figures of the inside are for those who ask");
    await page.getByText("くわしい", { exact: true }).click();
    await page.getByText("1秒あたりの記録").waitFor();
  }));

test("without a device the way to one is shown", { skip }, () =>
  on("/", { state: { home: { ...goodHome, sources: 0, rows: 0, rows_today: 0, kept_days: 0 } } }, async (page) => {
    await page.getByRole("link", { name: "機器を追加する" }).waitFor();
  }));

test("a link that is no path of the page is not followed", { skip }, () =>
  on("/", { state: { home: { ...goodHome, todo: [{ kind: "setup", words: { ja: "見てください", en: "look" }, link: "//elsewhere.example" }] } } }, async (page) => {
    await page.getByText("見てください").waitFor();
    assert.equal(await page.getByRole("main").getByRole("link", { name: /開く/ }).count(), 0);
  }));

test("an address that is no screen leads back", { skip }, () =>
  on("/nowhere", {}, async (page) => {
    await page.getByRole("link", { name: "今日の状態へ戻る" }).click();
    await page.getByRole("heading", { name: "今日の状態" }).waitFor();
  }));

looks("home", on, { path: "/", ready: { ja: "緊急の出来事が1件あります", en: "There is one critical alert" } });
looks("home-good", on, { path: "/", ready: { ja: "今日やることはありません", en: "There is nothing to do today" }, state: { home: goodHome }, views: ["easy"] });
looks("home-phone", on, { path: "/", ready: { ja: "緊急の出来事が1件あります", en: "There is one critical alert" }, views: ["easy"], width: 390, height: 844 });
