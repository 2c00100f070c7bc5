import { describe, expect, it } from "vitest";
import { condition, narrowed, pipesApart, quoted, somewhere, without } from "./query";

describe("a condition out of a value", () => {
  it("quotes what has signs in it, and doubles quotation marks", () => {
    expect(condition("user.name", "tanaka")).toBe("user.name:tanaka");
    expect(condition("file.path", "D:\\経理\\a b.xlsx")).toBe('file.path:"D:\\経理\\a b.xlsx"');
    expect(condition("Event ID", 'say "x"', true)).toBe('-"Event ID":"say ""x"""');
    expect(quoted("a*b")).toBe('"a*b"');
    expect(quoted("1..9")).toBe('"1..9"');
    expect(quoted("or")).toBe('"or"');
  });
  it("asks for an absent value by its absence", () => {
    expect(condition("host.name", "")).toBe("NOT host.name:*");
    expect(condition("host.name", "", true)).toBe("host.name:*");
  });
});

describe("narrowing", () => {
  it("adds before the pipes, once", () => {
    expect(narrowed("失敗 | top user.name", "host.name:FS01")).toBe("失敗 host.name:FS01 | top user.name");
    expect(narrowed("a host.name:FS01", "host.name:FS01")).toBe("a host.name:FS01");
    expect(narrowed("", "a:b")).toBe("a:b");
  });
  it("holds an OR together, but not one in quotation marks", () => {
    expect(narrowed("a OR b", "c:d")).toBe("(a OR b) c:d");
    expect(narrowed('"a or b"', "c:d")).toBe('"a or b" c:d');
  });
  it("finds the first pipe outside quotation marks", () => {
    expect(pipesApart('"a|b" c｜head 3')).toEqual({ filter: '"a|b" c', pipes: "｜head 3" });
  });
});

describe("taking a chip out", () => {
  it("counts in bytes of UTF-8", () => {
    const question = "ユーザー：田中　操作：削除";
    const bytes = new TextEncoder().encode("ユーザー：田中").length;
    expect(without(question, 0, bytes)).toBe("操作：削除");
    expect(without(question, bytes + 3, new TextEncoder().encode(question).length)).toBe("ユーザー：田中");
  });
});

it("looks inside a value where its signs allow it", () => {
  expect(somewhere("見積.xlsx")).toBe("*見積.xlsx*");
  expect(somewhere("a b")).toBe('"a b"');
});
