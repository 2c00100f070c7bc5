// The question: one line of text, its parts as chips that can be taken out, its mistake with the place.
import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { call } from "../api/client";
import { useKeys } from "../app/keys";
import { useExpert, useLanguage } from "../app/preferences";
import { useSession } from "../app/session";
import { useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { without } from "./query/query";
import { QueryField } from "./QueryField";
import classes from "./QueryBar.module.css";

const table = words({
  ja: {
    label: "さがす言葉",
    example: "例：田中　削除　　ユーザー：田中　操作：削除",
    search: "さがす",
    stop: "とめる",
    remove: (text: string) => `「${text}」を外す`,
    chips: "さがす条件",
    place: (column: number) => `${column}文字目`,
    focus: "さがす言葉へ移る",
  },
  en: {
    label: "Words to search for",
    example: "Such as: tanaka deleted    user:tanaka action:DELETE",
    search: "Search",
    stop: "Stop",
    remove: (text: string) => `Take out “${text}”`,
    chips: "Conditions",
    place: (column: number) => `character ${column}`,
    focus: "Go to the words",
  },
});

interface Given {
  q: string;
  ask(q: string): void;
  /** beside the words: the time */
  children?: ReactNode;
}

const CHECK_AFTER_MS = 200;

function useCheck(q: string) {
  const zone = useSession().zone;
  return useQuery({
    queryKey: ["search", "check", q, zone],
    queryFn: ({ signal }) => call("get", "/api/v1/search/check", { parameters: { q, zone }, signal }),
    enabled: q.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export function QueryBar({ q, ask, children }: Given) {
  const say = useWords(table);
  const language = useLanguage();
  const expert = useExpert();
  const [draft, setDraft] = useState(q);
  const bar = useRef<HTMLFormElement>(null);
  useEffect(() => setDraft(q), [q]);
  const [settled] = useDebouncedValue(draft, CHECK_AFTER_MS);
  const check = useCheck(settled);
  const focus = () => bar.current?.querySelector("input")?.focus();
  useKeys([{ key: "/", label: say.focus, act: focus }]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask(draft.trim());
  };
  const found = settled.trim() === "" ? undefined : check.data;
  return (
    <form ref={bar} className={classes.bar} onSubmit={submit} role="search">
      <div className={classes.line}>
        <div className={classes.words}>
          {expert ? (
            <QueryField label={say.label} example={say.example} value={draft} wrong={found?.ok === false} change={setDraft} />
          ) : (
            <TextInput
              aria-label={say.label}
              placeholder={say.example}
              size="md"
              maxLength={8192}
              spellCheck={false}
              autoComplete="off"
              value={draft}
              aria-invalid={found?.ok === false || undefined}
              onChange={(event) => setDraft(event.currentTarget.value)}
              // an Enter that ends a composition chooses letters; it does not ask
              onKeyDown={(event) => event.key === "Enter" && (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) && event.preventDefault()}
            />
          )}
        </div>
        {children}
        <Button type="submit" size="md">{say.search}</Button>
      </div>
      {found && found.chips.length > 0 && (
        <ul className={classes.chips} aria-label={say.chips}>
          {found.chips.map((chip) => (
            <li key={`${chip.from} ${chip.text}`} className={classes.chip} data-kind={chip.kind}>
              <Hostile text={chip.text} />
              <button type="button" aria-label={say.remove(chip.text)} onClick={() => ask(without(settled, chip.from, chip.to))}>×</button>
            </li>
          ))}
        </ul>
      )}
      {found?.ok === false && found.error && (
        <p className={classes.mistake} role="status">
          <Hostile text={found.error[language] ?? ""} /> {found.error.column !== undefined && <span>({say.place(found.error.column)})</span>}
        </p>
      )}
    </form>
  );
}
