import { expect, it } from "vitest";
import { parse } from "yaml";
import { companyYaml, unwritten } from "./company";

const form = { name: '証 "製作所"', from: "08:30", to: "17:30", saturday: false, holidays: true, ownHolidays: "12-29..01-04 年末年始\n8/13 夏季休業", networks: "203.0.113.0/28\n" };

it("writes what the company file takes", () => {
  expect(parse(companyYaml(form))).toEqual({
    name: '証 "製作所"',
    calendar: {
      holidays: "japan",
      weekend: ["sat", "sun"],
      own_holidays: [{ date: "12-29", until: "01-04", name: "年末年始" }, { date: "08-13", name: "夏季休業" }],
      shifts: [{ name: "日勤", days: "mon-fri", from: "08:30", to: "17:30" }],
    },
    networks: { own: ["203.0.113.0/28"] },
  });
});

it("leaves out what is not given, and cannot be broken out of", () => {
  const found = parse(companyYaml({ ...form, name: "x\nwatch: []", ownHolidays: "", networks: "", saturday: true })) as Record<string, unknown>;
  expect(Object.keys(found)).toEqual(["name", "calendar"]);
  expect(found["name"]).toBe("x\nwatch: []");
});

it("knows a file that nobody wrote in yet", () => {
  expect(unwritten("# only\n\n  # comments\n")).toBe(true);
  expect(unwritten("name: x")).toBe(false);
});
