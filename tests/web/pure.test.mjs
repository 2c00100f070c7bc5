// What of the page needs no browser (questions, times, words, colours), by its own tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../../web/", import.meta.url));
const runner = `${web}node_modules/vitest/vitest.mjs`;

test("questions, times, words: web/src/**/*.test.ts", { skip: existsSync(runner) ? false : "the page's libraries are not here" }, () => {
  const run = spawnSync(process.execPath, [runner, "run", "--root", web, "--no-color"], { encoding: "utf8" });
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
});
