// Administration: people, keys, access, settings, the company, and what was done; each only for those who may.
import assert from "node:assert/strict";
import { test } from "node:test";
import { driver, skip, unreachable } from "./browser.mjs";
import { admins } from "./fixtures/admins.mjs";
import { signedIn } from "./fixtures/front.mjs";
import { homes } from "./fixtures/homes.mjs";
import { looks } from "./looks.mjs";

const on = driver({ ...signedIn, ...homes, ...admins });

test("a user is added: a weak password refused in the dialog, a made one taken", { skip }, () =>
  on("/admin", {}, async (page, api) => {
    await page.getByText("U+200B").waitFor();
    await page.getByRole("button", { name: "ユーザーを追加する" }).click();
    const dialog = page.getByRole("dialog", { name: "ユーザーを追加する" });
    await dialog.getByLabel("ユーザー名").fill("sato");
    await dialog.getByLabel("最初のパスワード").fill("short");
    await dialog.getByLabel("対応する人").check();
    await dialog.getByRole("button", { name: "追加する" }).click();
    await dialog.getByText("12文字以上にしてください。").last().waitFor();
    assert.deepEqual(await unreachable(page), []);
    await dialog.getByRole("button", { name: "作る" }).click();
    const made = await dialog.getByLabel("最初のパスワード").inputValue();
    assert.match(made, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    await dialog.getByRole("button", { name: "追加する" }).click();
    await page.getByRole("cell", { name: "sato", exact: true }).waitFor();
    assert.deepEqual(api.asked.findLast((one) => one.method === "POST").body, { name: "sato", password: made, grants: [{ role: "operator" }] });
  }));

test("a user is stopped after a question; oneself cannot be", { skip }, () =>
  on("/admin/users", {}, async (page, api) => {
    await page.getByRole("button", { name: "suzuki の操作" }).click();
    await page.getByRole("menuitem", { name: "止める" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "止める" }).click();
    await page.getByRole("row", { name: /suzuki/ }).getByText("止めている").waitFor();
    assert.deepEqual(api.asked.find((one) => one.method === "PATCH").body, { on: false });
    await page.getByRole("button", { name: "tanaka の操作" }).click();
    await page.getByRole("menuitem", { name: "役割を変える" }).waitFor();
    assert.equal(await page.getByRole("menuitem", { name: "止める" }).count(), 0);
  }));

test("a user's scope stays when the role is changed", { skip }, () =>
  on("/admin/users", {}, async (page, api) => {
    await page.getByRole("button", { name: "suzuki の操作" }).click();
    await page.getByRole("menuitem", { name: "役割を変える" }).click();
    await page.getByRole("dialog").getByLabel("見る人", { exact: true }).check();
    await page.getByRole("dialog").getByRole("button", { name: "保存する" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.deepEqual(api.asked.find((one) => one.method === "PATCH").body, { grants: [{ role: "viewer", sites: ["第二工場"] }] });
  }));

test("a key is shown once", { skip }, () =>
  on("/admin/tokens", {}, async (page, api) => {
    await page.getByRole("button", { name: "鍵を作る" }).click();
    const dialog = page.getByRole("dialog", { name: "鍵を作る" });
    await dialog.getByLabel("何に使うか").fill("rsyslog");
    await dialog.getByLabel("ログを送る").check();
    await dialog.getByRole("button", { name: "鍵を作る" }).click();
    await page.getByText("ak_0123456789abcdefghijklmnop").waitFor();
    assert.deepEqual(await unreachable(page), []);
    await page.getByRole("button", { name: "控えました" }).click();
    await page.getByRole("cell", { name: "rsyslog", exact: true }).waitFor();
    assert.equal(await page.getByText("ak_0123456789").count(), 0);
    assert.deepEqual(api.asked.find((one) => one.method === "POST").body, { name: "rsyslog", may: ["ingest"], days: 90 });
    await page.getByRole("button", { name: "終わらせる: rsyslog" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "終わらせる" }).click();
    await page.getByText("鍵はありません").waitFor();
  }));

test("access: full-width addresses are addresses; what locks oneself out is refused in words", { skip }, () =>
  on("/admin/access", {}, async (page, api) => {
    await page.getByLabel("入れるアドレス").fill("１９２．１６８．１．０／２４\n10.0.0.0/8");
    await page.getByRole("button", { name: "保存する" }).click();
    await page.getByText("保存しました。").waitFor();
    assert.deepEqual(api.asked.find((one) => one.method === "PUT").body, {
      allowed_networks: ["192.168.1.0/24", "10.0.0.0/8"], trusted_networks: [], idle_minutes: 30, absolute_hours: 12, second_factor_roles: ["administrator", "auditor"],
    });
    await page.getByLabel("入れるアドレス").fill("203.0.113.0/24");
    await page.getByRole("button", { name: "保存する" }).click();
    await page.getByText("今のあなたの場所から入れなくなります").waitFor();
  }));

test("settings: changed together, a restart is told, the alert tried", { skip }, () =>
  on("/admin/settings", {}, async (page, api) => {
    await page.getByLabel("設定をさがす").fill("バックアップ");
    await page.getByLabel("毎日のバックアップの場所").fill("/mnt/backup");
    assert.match(page.url(), /text=/);
    await page.getByLabel("設定をさがす").fill("");
    await page.getByLabel("だれも見ないとき").fill("30");
    await page.getByRole("button", { name: "2件を保存する" }).click();
    await page.getByText("Akashiを再起動すると変わります").waitFor();
    assert.deepEqual(api.asked.find((one) => one.method === "PATCH").body.settings, [{ key: "backup.folder", value: "/mnt/backup" }, { key: "alert.escalate_minutes", value: "30" }]);
    await page.getByRole("button", { name: "試しに送る" }).click();
    await page.getByText("相手が答えませんでした。").waitFor();
    await page.getByText("mail → it@example.com").waitFor();
  }));

test("settings: a choice is in words, its token is what is saved", { skip }, () =>
  on("/admin/settings", {}, async (page, api) => {
    await page.getByRole("textbox", { name: "メールサーバーとの通信の保護" }).click();
    await page.getByRole("option", { name: "TLS（初めから暗号）" }).click();
    await page.getByText("初めの値: STARTTLS（ふつうはこれ）").waitFor();
    await page.getByRole("button", { name: "1件を保存する" }).click();
    await page.getByText("保存しました").waitFor();
    assert.deepEqual(api.asked.find((one) => one.method === "PATCH").body.settings, [{ key: "alert.mail_security", value: "tls" }]);
  }));

test("the company: the place of a mistake is marked, then it is saved", { skip }, () =>
  on("/admin/company", {}, async (page, api) => {
    const editor = page.getByRole("textbox", { name: "会社の設定" });
    await page.getByText("03-0000-0001").waitFor();
    await editor.click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("weekends: [sat]\n");
    await page.getByRole("button", { name: "保存する" }).click();
    await page.getByRole("button", { name: "1行目 3文字目へ移る" }).waitFor();
    await page.keyboard.press("Control+z");
    await editor.click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Shift+End");
    await page.keyboard.type("name: 証製作所");
    await page.getByRole("button", { name: "保存する" }).click();
    await page.getByText("保存しました。").waitFor();
    assert.match(api.asked.findLast((one) => one.method === "PUT").body.yaml, /name: 証製作所/);
  }));

test("the operator log: turning signs are seen, searched without regard to width", { skip }, () =>
  on("/admin/log", {}, async (page) => {
    await page.getByText("U+202E").first().waitFor();
    await page.getByLabel("表示中からさがす").fill("ＭＡＩＬ");
    await page.getByText("U+202E").first().waitFor({ state: "detached" });
    await page.getByText("alert.mail_server").waitFor();
  }));

test("an auditor sees the company and the log, not the users", { skip }, () =>
  on("/admin/users", { state: { session: { roles: ["auditor"], may: ["read", "prove"] } } }, async (page) => {
    await page.getByText("この画面を見る権限がありません").waitFor();
    assert.deepEqual(await page.getByRole("tab").allTextContents(), ["会社のこと", "操作の記録"]);
    await page.getByRole("tab", { name: "操作の記録" }).click();
    await page.getByText("alert.mail_server").waitFor();
    assert.equal(new URL(page.url()).pathname, "/admin/log");
  }));

looks("admin-users", on, { path: "/admin/users", ready: { ja: "suzuki", en: "suzuki" } });
looks("admin-tokens", on, { path: "/admin/tokens", ready: { ja: "Grafana", en: "Grafana" }, views: ["easy"] });
looks("admin-access", on, { path: "/admin/access", ready: { ja: "入れるアドレス", en: "Addresses that may come in" }, views: ["easy"] });
looks("admin-settings", on, { path: "/admin/settings", ready: { ja: "メールサーバー", en: "mail server" } });
looks("admin-company", on, { path: "/admin/company", ready: { ja: "03-0000-0001", en: "03-0000-0001" }, views: ["easy"] });
looks("admin-log", on, { path: "/admin/log", ready: { ja: "alert.mail_server", en: "alert.mail_server" }, views: ["easy"] });
