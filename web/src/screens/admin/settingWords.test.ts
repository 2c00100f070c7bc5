import { expect, test } from "vitest";
import table from "../../../../knowledge/words/settings.tsv?raw";
import { choiceWords, unitWords } from "./settingWords";

const settings = table
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t"));
const AS_IT_STANDS = new Set(["B", "KiB", "MiB", "GiB", "%"]);

test("every choice of every setting has words in both languages", () => {
  for (const [key = "", type, , , , choices = ""] of settings) {
    for (const token of type === "choice" ? choices.split(" ") : []) expect(choiceWords(key, token).ja, `${key} ${token}`).not.toBe(token);
  }
});

test("every unit has words in both languages", () => {
  for (const [key, type, unit = ""] of settings) {
    if (type === "int" && unit !== "" && !AS_IT_STANDS.has(unit)) expect(unitWords(unit).ja, `${key} ${unit}`).not.toBe(unit);
  }
});
