// The state of today: the sentence, what to do, what has fallen silent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, openPage, program } from "./browser.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { goodHome, homes } from "./fixtures/homes.mjs";
import { wordsFixture } from "./fixtures/serverWords.mjs";
import { looks } from "./looks.mjs";
import { start } from "./mock.mjs";

const folder = process.env.AKASHI_WEB;
const skip = !program ? "no chromium" : !folder ? "AKASHI_WEB names no built page" : false;
const fixtures = { ...wordsFixture, ...signedIn, ...homes };
let browser;

before(async () => {
  if (!skip) browser = await open();
});
after(() => browser?.close());

async function with_(state, path, work, options) {
  const api = await start({ folder, fixtures, state });
  const page = await openPage(browser, `${api.url}${path}`, options);
  try {
    await work(page, api);
    assert.deepEqual([...api.faults, ...page.wrong], []);
  } finally {
    await page.context().close();
    await api.close();
  }
}

test("at most three things to do, each leads to its screen", { skip }, () =>
  with_({}, "/", async (page) => {
    await page.getByText("緊急の出来事が1件あります").waitFor();
    const list = page.getByRole("list").filter({ hasText: "バックアップの場所" });
    assert.equal(await list.getByRole("listitem").count(), 3);
    const links = await list.getByRole("link").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    assert.deepEqual(links, ["/alerts/31", "/sources?name=utm2.example.com", "/admin/settings?text=backup."]);
    await page.getByRole("table").getByText("utm2.example.com").waitFor();
  }));

test("a good day says that there is nothing to do", { skip }, () =>
  with_({ home: goodHome }, "/", async (page) => {
    await page.getByText("今日やることはありません").waitFor();
    await page.getByText("改ざんなし").waitFor();
    assert.equal(await page.getByRole("table").count(), 0);
    assert.equal(await page.getByText("1秒あたりの記録").count(), 0, "figures of the inside are for those who ask");
    await page.getByText("くわしい", { exact: true }).click();
    await page.getByText("1秒あたりの記録").waitFor();
  }));

test("without a device the way to one is shown", { skip }, () =>
  with_({ home: { ...goodHome, sources: 0, rows: 0, rows_today: 0, kept_days: 0 } }, "/", async (page) => {
    await page.getByRole("link", { name: "機器を追加する" }).waitFor();
  }));

test("a link that is no path of the page is not followed", { skip }, () =>
  with_({ home: { ...goodHome, todo: [{ kind: "setup", words: { ja: "見てください", en: "look" }, link: "//elsewhere.example" }] } }, "/", async (page) => {
    await page.getByText("見てください").waitFor();
    assert.equal(await page.getByRole("main").getByRole("link", { name: /開く/ }).count(), 0);
  }));

test("an address that is no screen leads back", { skip }, () =>
  with_({}, "/nowhere", async (page) => {
    await page.getByRole("link", { name: "今日の状態へ戻る" }).click();
    await page.getByRole("heading", { name: "今日の状態" }).waitFor();
  }));

const door = () => ({ browser, folder });
looks("home", { path: "/", ready: { ja: "緊急の出来事が1件あります", en: "There is one critical alert" }, fixtures, door, skip });
looks("home-good", { path: "/", ready: { ja: "今日やることはありません", en: "There is nothing to do today" }, fixtures, state: { home: goodHome }, door, skip, views: ["easy"] });
looks("home-phone", { path: "/", ready: { ja: "緊急の出来事が1件あります", en: "There is one critical alert" }, fixtures, door, skip, views: ["easy"], width: 390, height: 844 });
