import { describe, expect, test } from "vitest";
import { bytesText, daysText } from "./figures";

describe("figures", () => {
  test("bytes", () => {
    expect(bytesText(0, "ja")).toBe("0 B");
    expect(bytesText(999, "en")).toBe("999 B");
    expect(bytesText(1_500_000_000, "en")).toBe("1.5 GB");
    expect(bytesText(123_456_789, "ja")).toBe("123 MB");
  });
  test("days become months and years", () => {
    expect(daysText(1, "en")).toBe("1 day");
    expect(daysText(59, "ja")).toBe("59日");
    expect(daysText(214, "ja")).toBe("約7か月");
    expect(daysText(365, "en")).toBe("about 1 year");
    expect(daysText(9100, "ja")).toBe("約25年");
    expect(daysText(1096, "en")).toBe("about 3 years");
  });
});
