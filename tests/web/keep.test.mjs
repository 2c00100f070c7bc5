// That the logs are there and unchanged: the verification begun and watched, the proof handed over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable } from "./browser.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { homes } from "./fixtures/homes.mjs";
import { keeps } from "./fixtures/keeps.mjs";
import { looks } from "./looks.mjs";

const on = driver({ ...signedIn, ...homes, ...keeps });

test("a verification is begun and watched until it is done", { skip }, () =>
  on("/keep", {}, async (page) => {
    await page.getByText("改ざんなし").waitFor();
    await page.getByRole("button", { name: "今すぐ検証する" }).click();
    await page.getByText("検証しています（40%）").waitFor();
    assert.equal(await page.getByRole("button", { name: "今すぐ検証する" }).isDisabled(), true);
    await page.getByText("改ざんなし").waitFor({ timeout: 10_000 });
  }));

test("a refusal is said in words", { skip }, () =>
  on("/keep", {}, async (page) => {
    await page.getByRole("button", { name: "今すぐバックアップする" }).click();
    await page.getByRole("alert").getByText("今、作っているところです").waitFor();
  }));

test("damage is told by shape and word; a backup that is not set up leads to its setting", { skip }, () =>
  on("/keep", { state: { keep: { verified: { state: "damaged", words: { ja: "保存ファイル 12 が書き換えられています。", en: "Segment 12 was changed." } }, backup: { state: "not_set" } } } }, async (page) => {
    await page.getByText("異常があります").waitFor();
    await page.getByText("保存ファイル 12 が書き換えられています。").waitFor();
    assert.equal(await page.getByRole("link", { name: "バックアップの場所を決める" }).getAttribute("href"), "/admin/settings?text=backup.");
  }));

test("what an auditor needs: the command, the key as a file, the head of the chain", { skip }, () =>
  on("/keep", {}, async (page) => {
    await page.getByText("akashi-verify --key first.pub").waitFor();
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "公開鍵を受け取る" }).click();
    const file = await waiting;
    assert.equal(file.suggestedFilename(), "first.pub");
    await page.getByText("9f2c4e7ab1d05c3388f1aa20e6c1b7d4").first().waitFor();
  }));

test("a word that not everybody knows is explained on hover and by keyboard", { skip }, () =>
  on("/keep", {}, async (page) => {
    const word = page.getByRole("button", { name: "公開鍵", exact: true }).first();
    await word.hover();
    await page.getByRole("tooltip").getByText("署名が本物かを確かめるための鍵").waitFor();
    assert.deepEqual(await unreachable(page), []);
    await page.mouse.move(0, 0);
    await page.getByRole("tooltip").waitFor({ state: "detached" });
    await word.focus();
    await page.getByRole("tooltip").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("tooltip").waitFor({ state: "detached" });
  }));

test("who may only read has no buttons", { skip }, () =>
  on("/keep", { state: { session: { may: ["read"] } } }, async (page) => {
    await page.getByText("改ざんなし").waitFor();
    assert.equal(await page.getByRole("button", { name: "今すぐ検証する" }).count(), 0);
  }));

looks("keep", on, { path: "/keep", ready: { ja: "改ざんなし", en: "Unaltered" } });
