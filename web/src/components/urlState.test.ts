import { expect, test } from "vitest";
import { pathOf } from "./urlState";

test("only paths of this page are links", () => {
  expect(pathOf("/alerts/7")).toBe("/alerts/7");
  expect(pathOf("//example.com/x")).toBeUndefined();
  expect(pathOf("/\\example.com")).toBeUndefined();
  expect(pathOf("javascript:alert(1)")).toBeUndefined();
  expect(pathOf("https://example.com")).toBeUndefined();
  expect(pathOf(undefined)).toBeUndefined();
});
