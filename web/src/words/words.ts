// Words in both languages. Each screen keeps its own table beside it; a phrase missing in one language does not compile.
import { useLanguage } from "../app/preferences";

export type Language = "ja" | "en";
type Phrase = string | ((...given: never[]) => string);
type Same<T> = { [K in keyof T]: T[K] extends string ? string : T[K] };

export interface Table<T> {
  ja: T;
  en: Same<T>;
}

/** `words({ ja: { open: "開く", rows: (n: number) => `${n}件` }, en: { open: "Open", rows: (n: number) => `${n} rows` } })` */
export function words<T extends Record<string, Phrase>>(table: { ja: T; en: Same<T> }): Table<T> {
  return table;
}

/** English: `1 rule`, `2 rules`; the figure as it is written. */
export function counted(figure: string, one: string, many = `${one}s`): string {
  return `${figure} ${figure === "1" ? one : many}`;
}

export function useWords<T>(table: Table<T>): T {
  return table[useLanguage()] as T;
}

export interface Text2 {
  ja: string;
  en: string;
}

/** A sentence of the server. */
export function useText2(): (text: Text2 | undefined) => string {
  const language = useLanguage();
  return (text) => text?.[language] ?? "";
}
