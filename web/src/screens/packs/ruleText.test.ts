import { expect, test } from "vitest";
import { copyOf, firstRule, newId, ruleId } from "./ruleText";

test("the id of a rule, with quotation marks, comments and other rules behind it", () => {
  expect(ruleId("title: x\nid: abc-1\n")).toBe("abc-1");
  expect(ruleId("id: 'abc-2'  # ours\n---\nid: later\n")).toBe("abc-2");
  expect(ruleId("title: x\n  id: inside\n")).toBeUndefined();
});

test("a copy has its own id and nothing else changed", () => {
  expect(copyOf("title: x\nid: 'old'\nlevel: low\n", "new")).toBe("title: x\nid: new\nlevel: low\n");
  expect(copyOf("title: x\n", "new")).toBe("id: new\ntitle: x\n");
});

test("a first rule carries its id", () => {
  const id = newId(new Uint8Array(16).fill(255));
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ruleId(firstRule("自社", id))).toBe(id);
});
