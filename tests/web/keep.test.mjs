// That the logs are there and unchanged: the verification begun and watched, the proof handed over.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, openPage, program } from "./browser.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { homes } from "./fixtures/homes.mjs";
import { keeps } from "./fixtures/keeps.mjs";
import { wordsFixture } from "./fixtures/serverWords.mjs";
import { looks } from "./looks.mjs";
import { start } from "./mock.mjs";

const folder = process.env.AKASHI_WEB;
const skip = !program ? "no chromium" : !folder ? "AKASHI_WEB names no built page" : false;
const fixtures = { ...wordsFixture, ...signedIn, ...homes, ...keeps };
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

test("a verification is begun and watched until it is done", { skip }, () =>
  with_({}, "/keep", async (page) => {
    await page.getByText("改ざんなし").waitFor();
    await page.getByRole("button", { name: "今すぐ検証する" }).click();
    await page.getByText("検証しています（40%）").waitFor();
    assert.equal(await page.getByRole("button", { name: "今すぐ検証する" }).isDisabled(), true);
    await page.getByText("改ざんなし").waitFor({ timeout: 10_000 });
  }));

test("a refusal is said in words", { skip }, () =>
  with_({}, "/keep", async (page) => {
    await page.getByRole("button", { name: "今すぐバックアップする" }).click();
    await page.getByRole("alert").getByText("今、作っているところです").waitFor();
  }));

test("damage is told by shape and word; a backup that is not set up leads to its setting", { skip }, () =>
  with_({ keep: { verified: { state: "damaged", words: { ja: "保存ファイル 12 が書き換えられています。", en: "Segment 12 was changed." } }, backup: { state: "not_set" } } }, "/keep", async (page) => {
    await page.getByText("異常があります").waitFor();
    await page.getByText("保存ファイル 12 が書き換えられています。").waitFor();
    assert.equal(await page.getByRole("link", { name: "バックアップの場所を決める" }).getAttribute("href"), "/admin/settings?text=backup.");
  }));

test("what an auditor needs: the command, the key as a file, the head of the chain", { skip }, () =>
  with_({}, "/keep", async (page) => {
    await page.getByText("akashi-verify --key first.pub").waitFor();
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "公開鍵を受け取る" }).click();
    const file = await waiting;
    assert.equal(file.suggestedFilename(), "first.pub");
    await page.getByText("9f2c4e7ab1d05c3388f1aa20e6c1b7d4").first().waitFor();
  }));

test("who may only read has no buttons", { skip }, () =>
  with_({ session: { may: ["read"] } }, "/keep", async (page) => {
    await page.getByText("改ざんなし").waitFor();
    assert.equal(await page.getByRole("button", { name: "今すぐ検証する" }).count(), 0);
  }));

const door = () => ({ browser, folder });
looks("keep", { path: "/keep", ready: { ja: "改ざんなし", en: "Unaltered" }, fixtures, door, skip });
