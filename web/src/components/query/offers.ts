// Names of fields that fit what stands before the caret.
import type { Schemas } from "../../api/client";

export interface Offer {
  /** as it goes into the question */
  name: string;
  /** what the field is called otherwise */
  detail: string;
}

const OFFERS_MAX = 8;
const WORD = /[\p{L}\p{N}_.@]+$/u;

const fold = (text: string) => text.normalize("NFKC").toLowerCase();

/** Those that begin with the word before those that only have it inside; each field once. */
export function offers(fields: Schemas["Words"]["fields"], language: "ja" | "en", text: string, caret: number): Offer[] {
  const word = WORD.exec(text.slice(0, caret))?.[0];
  if (!word || text[caret] === ":") return [];
  const wanted = fold(word);
  const found = (fits: (name: string) => boolean) =>
    fields.flatMap((field) => {
      const alias = field.aliases.find((one) => fits(fold(one)));
      if (alias !== undefined) return [{ field: field.name, name: alias, detail: field.name }];
      return fits(fold(field.name)) || fits(fold(field[language])) ? [{ field: field.name, name: field.name, detail: field[language] }] : [];
    });
  const first = found((name) => name.startsWith(wanted));
  const seen = new Set(first.map((one) => one.field));
  const all = [...first, ...found((name) => name.includes(wanted)).filter((one) => !seen.has(one.field))];
  return all.slice(0, OFFERS_MAX).map(({ name, detail }) => ({ name, detail }));
}

/** The text with the word before the caret made the offered name, and where the caret stands then. */
export function completed(text: string, caret: number, offer: Offer): { text: string; caret: number } {
  const before = text.slice(0, caret).replace(WORD, "") + `${offer.name}:`;
  return { text: before + text.slice(caret), caret: before.length };
}
