import { expect, test } from "vitest";
import { glossary, glossed } from "./glossaryWords";

const terms = (text: string, language: "ja" | "en") => glossed(text, language).flatMap((piece) => piece.term ?? []);

test("a word is marked once, where it stands alone; the text stays whole", () => {
  expect(terms("TLSとSTARTTLS、またTLS", "ja")).toEqual(["tls", "starttls"]);
  expect(terms("Packs, a pack, packet", "en")).toEqual(["pack"]);
  expect(glossed("毎日、改ざんの検証をします。", "ja").map((piece) => piece.text).join("")).toBe("毎日、改ざんの検証をします。");
  expect(terms("nothing of it here", "en")).toEqual([]);
});

test("what a word means does not need the word", () => {
  for (const one of Object.values(glossary)) {
    for (const { word, meaning } of Object.values(one)) expect(meaning.toLowerCase()).not.toContain(word.toLowerCase());
  }
});
