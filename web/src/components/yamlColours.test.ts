import { expect, test } from "vitest";
import { coloured } from "./yamlColours";

const of = (line: string, kind: string) => coloured(line).filter(([, one]) => one === kind).map(([text]) => text);

test("keys, figures, quoted text and comments are told apart", () => {
  expect(of("  - level: high # 重い", "key")).toEqual(["level:"]);
  expect(of("  - level: high # 重い", "comment")).toEqual(["# 重い"]);
  expect(of('own: ["203.0.113.0/28", 12]', "text")).toEqual(['"203.0.113.0/28"']);
  expect(of('own: ["203.0.113.0/28", 12]', "figure")).toEqual(["12"]);
  expect(of("time: 12:30", "key")).toEqual(["time:"]);
});

test("nothing of a line is lost, whatever it is", () => {
  for (const line of ["", "   ", "a: 'b", '"', "# x", "- - c#d: e", "証: 値　#", "\t{a: [1, 'x']}", "::", "a:b"]) {
    expect(coloured(line).map(([text]) => text).join("")).toBe(line);
  }
});
