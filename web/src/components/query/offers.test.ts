import { expect, test } from "vitest";
import { completed, offers } from "./offers";

const fields = [
  { name: "user.name", kind: "text", aliases: ["user", "ユーザー"], ja: "ユーザー", en: "user" },
  { name: "source.ip", kind: "ip", aliases: ["from", "接続元"], ja: "接続元アドレス", en: "from address" },
  { name: "akashi.user_agent", kind: "text", aliases: [], ja: "ブラウザ", en: "browser" },
] as Parameters<typeof offers>[0];

test("names that begin with the word come first, whatever its width; each field once", () => {
  expect(offers(fields, "ja", "192.168 ﾕｰｻﾞ", 12)).toEqual([{ name: "ユーザー", detail: "user.name" }]);
  expect(offers(fields, "en", "USER", 4).map((one) => one.name)).toEqual(["user", "akashi.user_agent"]);
  expect(offers(fields, "ja", "ブラ", 2)).toEqual([{ name: "akashi.user_agent", detail: "ブラウザ" }]);
});

test("nothing is offered without a word, nor for a name that is there already", () => {
  expect(offers(fields, "ja", "tanaka ", 7)).toEqual([]);
  expect(offers(fields, "ja", "user:x", 4)).toEqual([]);
});

test("the name takes the place of the word before the caret", () => {
  expect(completed("a ユーザ b", 6 - 1, { name: "ユーザー", detail: "" })).toEqual({ text: "a ユーザー: b", caret: 7 });
});
