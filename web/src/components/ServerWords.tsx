// What the server calls things: verbs, outcomes, fields, in the reader's language.
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { call, type Schemas } from "../api/client";
import { useLanguage } from "../app/preferences";

export interface ServerWords {
  verb(token: string): string;
  outcome(token: string): string;
  category(token: string): string;
  level(token: string): string;
  /** the label of a field; its own name where it is none of ours */
  field(name: string): string;
  /** a value as people call it: tokens of closed lists, else itself */
  value(field: string, value: string): string;
  fields: Schemas["Words"]["fields"];
}

/** What every row has: columns of its own, so not among the fields that the server names. */
const COLUMNS: Record<string, { ja: string; en: string }> = {
  "event.action": { ja: "操作", en: "action" },
  "event.outcome": { ja: "結果", en: "outcome" },
  "event.category": { ja: "分類", en: "category" },
};

function useAsked(): ServerWords {
  const language = useLanguage();
  const { data } = useQuery({ queryKey: ["words"], queryFn: () => call("get", "/api/v1/words"), staleTime: Infinity });
  return useMemo(() => {
    const of = (table: Record<string, { ja: string; en: string }> | undefined) => (token: string) => table?.[token]?.[language] ?? token;
    const names = new Map(data?.fields.map((field) => [field.name, field[language]]));
    const verb = of(data?.verbs);
    const outcome = of(data?.outcomes);
    const category = of(data?.categories);
    return {
      verb,
      outcome,
      category,
      level: of(data?.levels),
      field: (name) => names.get(name) ?? COLUMNS[name]?.[language] ?? name,
      value: (field, value) =>
        field === "event.action" ? verb(value) : field === "event.outcome" ? outcome(value) : field === "event.category" ? category(value) : value,
      fields: data?.fields ?? [],
    };
  }, [data, language]);
}

const same = (token: string) => token;
const WordsContext = createContext<ServerWords>({ verb: same, outcome: same, category: same, level: same, field: same, value: (_, value) => value, fields: [] });

/** Asked for once, in the frame: lists have thousands of readers. */
export function ServerWordsProvider({ children }: { children: ReactNode }) {
  return <WordsContext.Provider value={useAsked()}>{children}</WordsContext.Provider>;
}

export const useServerWords = (): ServerWords => useContext(WordsContext);
