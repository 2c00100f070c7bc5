// The page on the real server: from the first code to signing out, while a simulated factory is under attack.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { after, before, test } from "node:test";
import { folder, openPage, sharedBrowser, skip as noPage, until } from "./browser.mjs";
import { becomeAdministrator, oneTimeCode, serve } from "./serve.mjs";

const build = process.env.AKASHI_BUILD;
const skip = noPage || (build ? false : "AKASHI_BUILD names no build folder");

const USER = "sato";
const PASSWORD = "tomato-garden-17-bridge";
const SLOW = { timeout: 30_000 };
const refused = []; // answers over 399 that no test expects
let server, browser, page, seed, used;

before(async () => {
  if (skip) return;
  server = await serve(build, folder);
  await server.simulate("ransomware", "--people", "20");
  browser = await sharedBrowser();
  page = await openPage(browser, server.url);
  page.on("response", (answer) => {
    const path = new URL(answer.url()).pathname;
    // before signing in, who I am is asked and refused; that is how the page finds the door
    if (answer.status() >= 400 && path !== "/api/v1/session") refused.push(`${answer.status()} ${answer.request().method()} ${path}`);
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** One screen; afterwards nothing was wrong and nothing was refused. */
function on(name, path, work) {
  test(name, { skip, timeout: 120_000 }, async () => {
    if (path) await page.goto(`${server.url}${path}`);
    await work();
    assert.deepEqual([...page.wrong.splice(0), ...refused.splice(0)], []);
  });
}

const numberIn = async (locator) => Number((await locator.textContent()).replace(/\D/g, ""));
const drawer = () => page.getByRole("dialog", { name: /記録/ });

on("the first administrator, with the printed code and a second factor", undefined, async () => {
  seed = await becomeAdministrator(page, server.code, { user: USER, password: PASSWORD });
  used = oneTimeCode(seed);
});

on("the steps of the first set-up", "/setup/gear", async () => {
  await page.getByLabel("機器をさがす").fill("Apache");
  await page.getByRole("button", { name: "Apache のエラーログ" }).click();
  await page.getByText("5514").first().waitFor();
  for (const step of ["mail", "packs", "done"]) {
    await page.locator(`a[href="/setup/${step}"]`).click();
    await page.waitForURL(`**/setup/${step}`);
  }
  await page.getByText("今の設定では、365日たったログから消します。").waitFor();
  await page.getByRole("button", { name: "今日の状態へ" }).click();
  await page.getByRole("heading", { name: "今日の状態" }).waitFor();
});

on("today's state says that there is something to do", "/", async () => {
  await until(async () => {
    await page.reload();
    return page.getByRole("heading", { name: "今日やること" }).waitFor().then(() => page.getByText("対応が必要", { exact: true }).count());
  }, { ms: 60_000 });
  const todo = await page.getByRole("main").getByRole("list").first().getByRole("listitem").count();
  assert.ok(todo >= 1 && todo <= 3, `${todo} things to do`);
});

on("a question composed in Japanese finds records", "/search?range=30d", async () => {
  const box = page.getByRole("textbox", { name: "さがす言葉" });
  await box.click();
  const keys = await page.context().newCDPSession(page);
  await keys.send("Input.imeSetComposition", { text: "そうさ", selectionStart: 3, selectionEnd: 3 });
  await box.evaluate((at) => at.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, keyCode: 229, bubbles: true, cancelable: true })));
  assert.equal(new URL(page.url()).searchParams.get("q"), null, "the Enter that chooses letters does not ask");
  await keys.send("Input.insertText", { text: "操作：削除" });
  await page.getByRole("list", { name: "さがす条件" }).getByText("操作：削除").waitFor();
  await box.press("Enter");
  await page.waitForURL(/q=/);
  await page.getByRole("grid").getByText("を削除しました").first().waitFor(SLOW);
});

on("an action leads to the records that it was joined from; one of them has what was received, and its proof", undefined, async () => {
  await page.getByRole("grid").getByRole("row").filter({ hasText: "元の記録" }).first().click({ position: { x: 20, y: 10 } });
  await drawer().getByText("結果", { exact: true }).waitFor(SLOW);
  const joined = drawer().getByRole("region", { name: /^もとになった記録/ });
  await joined.waitFor(SLOW);
  const isRecord = (answer) => /\/api\/v1\/records\/\d+$/.test(new URL(answer.url()).pathname);
  const [answer] = await Promise.all([page.waitForResponse(isRecord), joined.getByRole("button", { name: /^記録 \d+$/ }).first().click()]);
  const record = await answer.json();
  await drawer().getByRole("heading", { name: "元のログ" }).waitFor();
  assert.equal(await drawer().locator("pre").textContent(), record.raw);
  await drawer().getByRole("region", { name: "証拠" }).getByText(/^(改ざんなし|まだ封印していません)$/).waitFor(SLOW);
  await page.keyboard.press("Escape");
  await drawer().waitFor({ state: "detached" });
});

on("counts and times agree with the answer, and narrow it", "/search?range=30d&q=操作:削除", async () => {
  const facets = page.getByRole("complementary", { name: "内訳" });
  await facets.getByRole("heading", { name: "操作", exact: true }).waitFor(SLOW);
  const users = facets.getByRole("region", { name: "ユーザー" });
  const [name, count] = await users.getByRole("listitem").first().evaluate((item) => [...item.children].map((part) => part.textContent));
  const chart = page.getByRole("slider", { name: /時間ごとの件数/ });
  await chart.waitFor();
  await users.getByRole("button", { name, exact: true }).click();
  await page.getByRole("menuitem", { name: "この値だけ" }).click();
  await page.waitForURL((url) => url.searchParams.get("q").includes(`user.name:${name}`));
  await until(async () => (await numberIn(page.getByText(/^[\d,]+件$/).first())) === Number(count), { ms: 20_000 });
  await page.getByText("めずらしい順").click();
  await page.waitForURL(/order=rarest/);
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.98, box.y + 30, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL((url) => url.searchParams.has("from"));
  await page.getByRole("grid").getByText("を削除しました").first().waitFor(SLOW);
});

on("a mistake is told with its place", "/search", async () => {
  const asked = page.waitForResponse((answer) => answer.url().includes("/search/check") && decodeURIComponent(answer.url()).includes("さくじょ"));
  await page.getByRole("textbox", { name: "さがす言葉" }).fill("操作：さくじょ");
  await asked;
  await page.getByText(/文字目\)/).waitFor();
});

on("くわしい: a table of counts, and the editor under the policy", `/search?range=30d&q=${encodeURIComponent("操作:削除 | top user.name")}`, async () => {
  await page.getByText("くわしい", { exact: true }).click();
  await page.getByRole("region", { name: "集計の結果" }).getByRole("row").nth(1).waitFor(SLOW);
  await page.getByRole("combobox", { name: "さがす言葉" }).waitFor();
  await page.getByText("かんたん", { exact: true }).click();
});

on("what is sent by UDP is on the page within two seconds", "/live", async () => {
  await page.getByText("● 受信中").waitFor(SLOW);
  const socket = createSocket("udp4");
  const now = new Date().toUTCString().replace(/^\w+, (\d+) (\w+) \d+ ([\d:]+).*/, "$2 $1 $3").replace(/ 0(\d) /, "  $1 ");
  const begun = performance.now();
  await new Promise((sent) => socket.send(`<38>${now} gate sshd[12]: Failed password for live-guest from 192.0.2.7 port 22 ssh2`, server.syslog, "127.0.0.1", sent));
  socket.close();
  await page.getByRole("grid").getByText("live-guest").first().waitFor({ timeout: 2000 });
  assert.ok(performance.now() - begun < 2000);
});

on("an alert is acknowledged with one press and taken back", "/alerts", async () => {
  const button = page.getByRole("button", { name: /^確認しました: / }).first();
  await button.waitFor(SLOW);
  const name = await button.getAttribute("aria-label");
  await button.click();
  await page.getByText("1件を記録しました").waitFor();
  await page.getByRole("button", { name: "取り消す" }).click();
  await page.getByRole("button", { name, exact: true }).first().waitFor();
});

on("an alert's page: what to do first, its records, work begun", "/alerts", async () => {
  await page.getByRole("main").getByRole("listitem").getByRole("link").first().click();
  await page.waitForURL(/alerts\/\d+$/);
  await page.getByRole("region", { name: "まずやること" }).getByRole("listitem").first().waitFor(SLOW);
  await page.getByRole("button", { name: /^記録 \d+$/ }).first().click();
  await drawer().locator("pre").waitFor();
  await page.keyboard.press("Escape");
  await drawer().waitFor({ state: "detached" });
  await page.getByRole("button", { name: "対応を始める" }).click();
  await page.getByText("対応中").first().waitFor();
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  const paper = await page.pdf({ format: "A4", preferCSSPageSize: true });
  assert.equal(paper.subarray(0, 5).toString("latin1"), "%PDF-");
  await page.emulateMedia({ media: "screen" });
  const pdf = await page.request.get(`${server.url}/api/v1/stories/${new URL(page.url()).pathname.split("/").at(-1)}/page`);
  assert.equal((await pdf.body()).subarray(0, 5).toString(), "%PDF-");
});

on("the devices that send", "/sources", async () => {
  await page.getByText("届いています").first().waitFor();
  await page.getByRole("link", { name: "127.0.0.1" }).or(page.getByRole("button", { name: "127.0.0.1" })).first().click();
  await page.waitForURL(/127\.0\.0\.1/);
});

on("a device that nobody knows is added: lines pasted, read, saved under a name", "/sources/add", async () => {
  const lines = Array.from({ length: 12 }, (_, at) => `2026/11/20 17:4${at % 10}:05,GATE-${1 + (at % 3)},${at % 2 ? "IN" : "OUT"},card ${1040 + at},tanaka`);
  await page.getByLabel("ログの例（10行ほど）").fill(lines.join("\n"));
  await page.getByRole("button", { name: "読み取ってみる" }).click();
  await page.getByRole("region", { name: "このように読み取ります" }).first().getByRole("row").nth(1).waitFor(SLOW);
  await page.getByLabel(/この機器の名前/).fill("gate");
  await page.getByRole("button", { name: "この読み取り方を使う" }).click();
  await page.getByText("「gate」として保存しました").waitFor(SLOW);
});

on("a pack is switched off and on; its rules", "/packs", async () => {
  await page.getByRole("heading", { name: "サイバー攻撃" }).waitFor(SLOW);
  assert.ok((await page.getByRole("switch").count()) >= 3);
  const pack = page.getByRole("switch", { name: "サイバー攻撃を使う" });
  const was = await pack.isChecked();
  for (const wanted of [!was, was]) {
    await pack.press("Space");
    await until(async () => (await pack.isChecked()) === wanted && !(await pack.isDisabled()));
  }
  await page.getByRole("tab", { name: "ルール" }).click();
  await page.getByRole("link", { name: "アカウントが作られた" }).click();
  await page.getByRole("textbox").first().waitFor();
});

on("no exceptions yet, and the company as it is set up", "/packs?part=exceptions", async () => {
  await page.getByText("例外はありません").waitFor(SLOW);
  await page.goto(`${server.url}/admin/company`);
  await page.getByRole("main").getByRole("textbox").first().waitFor(SLOW);
});

on("the store is verified now", "/keep", async () => {
  await page.getByRole("button", { name: "今すぐ検証する" }).click();
  await page.getByText("改ざんなし").waitFor({ timeout: 60_000 });
});

on("users, and the operator log that has all of this", "/admin/users", async () => {
  await page.getByRole("row", { name: new RegExp(USER) }).getByText("管理者").waitFor();
  await page.getByRole("tab", { name: "操作の記録" }).click();
  const log = page.getByRole("table");
  await log.getByRole("row", { name: new RegExp(USER) }).first().waitFor(SLOW);
  assert.ok((await log.getByRole("row").count()) > 4);
});

on("a hundred thousand real rows: the first at once, then they scroll", undefined, async () => {
  await server.simulate("quiet-day", "--people", "60");
  const box = page.getByRole("grid");
  const begun = performance.now();
  await page.goto(`${server.url}/search?range=30d&limit=100000&all=true`);
  await box.getByRole("row").nth(1).waitFor(SLOW);
  const first = performance.now() - begun;
  await page.getByText(/新しいものから100,000件/).waitFor({ timeout: 60_000 });
  const all = performance.now() - begun;
  const frame = await box.evaluate(async (grid) => {
    const took = [];
    for (let step = 0, last = performance.now(); step < 60; step++) {
      grid.scrollTop += 5_000;
      await new Promise((next) => requestAnimationFrame(next));
      took.push(performance.now() - last);
      last = performance.now();
    }
    return took.sort((a, b) => a - b)[54];
  });
  console.log(`# first rows ${first.toFixed(0)} ms, 100000 rows ${all.toFixed(0)} ms, 9 of 10 frames within ${frame.toFixed(0)} ms`);
  assert.ok(first < 10_000 && frame < 200, `first rows after ${first} ms, frames of ${frame} ms`);
  assert.ok((await page.getByRole("row").count()) < 120, "only what is seen is in the page");
});

on("signing out, and in again with the second factor", "/", async () => {
  await page.getByRole("button", { name: USER }).click();
  await page.getByRole("menuitem", { name: "サインアウト" }).click();
  await page.getByLabel("ユーザー名").fill(USER);
  await page.getByLabel("パスワード", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "サインイン" }).click();
  await page.getByLabel("確認コード").waitFor();
  // a code that was used is refused until its half minute is over
  await until(() => oneTimeCode(seed) !== used, { ms: 35_000 });
  await page.getByLabel("確認コード").fill(oneTimeCode(seed));
  await page.getByRole("button", { name: "次へ" }).click();
  await page.getByRole("heading", { name: "今日の状態" }).waitFor();
});
