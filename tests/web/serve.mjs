// The real server, on loopback ports and folders of its own, and the simulated factory that sends to it.
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./browser.mjs";

const START_MS = 60_000;
const STOP_MS = 60_000;
const CODE = /code: (\S+)|コードで最初の管理者を作ってください: (\S+)/;
const READY = /^ready http=(\d+) syslog=(\d+)/m;

/** The one-time code of a seed in base 32 (RFC 6238: SHA-1, 30 seconds, six digits). */
export function oneTimeCode(seed, now = Date.now()) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...seed.replace(/[\s=]/g, "")].map((one) => letters.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((one) => parseInt(one, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Gives the status when the program has ended; ends it, by its own number, when it takes longer than ms. */
function ended(child, ms) {
  return new Promise((done) => {
    const late = setTimeout(() => child.kill("SIGKILL"), ms);
    child.once("exit", (status) => {
      clearTimeout(late);
      done(status);
    });
  });
}

/** akashi serve of the build folder, with the page. Returns { url, syslog, code, said(), simulate(scenario, ...options), close() }. */
export async function serve(build, web) {
  const folder = mkdtempSync(join(tmpdir(), "akashi-real-"));
  const saidAt = join(folder, "said");
  writeFileSync(join(folder, "akashi.key"), randomBytes(32), { mode: 0o400 });
  const out = openSync(saidAt, "w");
  const options = ["--data", join(folder, "data"), "--http", "0", "--syslog", "0", "--lang", "en", "--web", web];
  const child = spawn(join(build, "akashi"), ["serve", ...options], {
    stdio: ["ignore", "ignore", out],
    env: { ...process.env, CREDENTIALS_DIRECTORY: folder, LC_ALL: "C.UTF-8" },
  });
  closeSync(out);
  const said = () => readFileSync(saidAt, "utf8");
  const close = async () => {
    const status = child.exitCode ?? (child.kill("SIGTERM"), await ended(child, STOP_MS));
    const words = said();
    rmSync(folder, { recursive: true, force: true });
    if (status !== 0) throw new Error(`akashi serve ended with ${status}: ${words}`);
  };
  const simulate = async (scenario, ...more) => {
    const sender = spawn(join(build, "akashi"), ["simulate", scenario, "--to", `127.0.0.1:${syslog}`, ...more], { stdio: "ignore" });
    const status = await ended(sender, START_MS);
    if (status !== 0) throw new Error(`akashi simulate ${scenario} ended with ${status}`);
  };
  try {
    await until(() => READY.test(said()) || child.exitCode !== null, { ms: START_MS });
  } catch (error) {
    await close();
    throw error;
  }
  const ready = READY.exec(said());
  if (!ready) await close();
  const [http, syslog] = ready.slice(1).map(Number);
  const code = CODE.exec(said());
  return { url: `http://127.0.0.1:${http}`, syslog, code: code[1] ?? code[2], said, simulate, close };
}

/** On the page of a new server: makes the first administrator, with a second factor. Returns its seed. */
export async function becomeAdministrator(page, code, { user, password }) {
  await page.getByLabel("設定コード").fill(code);
  await page.getByLabel("管理者の名前").fill(user);
  await page.getByLabel("パスワード", { exact: true }).fill(password);
  await page.getByLabel("パスワード（もう一度）").fill(password);
  await page.getByRole("button", { name: "管理者になる" }).click();
  const picture = page.getByRole("img", { name: /otpauth/ });
  const [, seed] = /secret=([A-Z2-7]+)/.exec(await picture.getAttribute("alt"));
  if (!(await picture.evaluate((image) => image.complete && image.naturalWidth > 0))) throw new Error("the picture of the second factor cannot be read");
  await page.getByText(seed.match(/.{1,4}/g).join(" "), { exact: true }).waitFor();
  await page.getByLabel("確認コード").fill(oneTimeCode(seed));
  await page.getByRole("button", { name: "次へ" }).click();
  await page.getByRole("button", { name: "控えました" }).click();
  await page.getByRole("heading", { name: "はじめての設定" }).waitFor();
  return seed;
}
