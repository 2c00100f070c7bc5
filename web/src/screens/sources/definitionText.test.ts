import { expect, test } from "vitest";
import { definitionNamed } from "./definitionText";

test("a definition takes another name, its samples with it, but not in their text", () => {
  const yaml = "name: new-log\ntitle: {ja: new-log, en: new-log}\nsamples:\n  - from: new-log\n    text: 'a new-log'\n    expect: {akashi.rule: new-log.line}\n";
  expect(definitionNamed(yaml, "gate")).toBe("name: gate\ntitle: {ja: gate, en: gate}\nsamples:\n  - from: gate\n    text: 'a new-log'\n    expect: {akashi.rule: gate.line}\n");
});

test("only whole names; without one it is put before", () => {
  expect(definitionNamed("name: log\ndataset: log-x\n", "gate")).toBe("name: gate\ndataset: log-x\n");
  expect(definitionNamed("title: x\n", "gate")).toBe("name: gate\ntitle: x\n");
});
