// What went wrong, or why there is nothing to see; and what to do next.
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiError, isAbsent } from "../api/client";
import { useLanguage } from "../app/preferences";
import { useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import classes from "./Notice.module.css";

const table = words({
  ja: {
    again: "もう一度",
    unknown: "画面の中で思わぬことが起きました。もう一度試し、続くときは管理者に知らせてください。",
    place: (line: number, column: number) => `${line}行目 ${column}文字目`,
    wait: (seconds: number) => `${seconds}秒ほど待ってから試してください。`,
  },
  en: {
    again: "Try again",
    unknown: "Something unexpected happened in this page. Try again; if it goes on, tell your administrator.",
    place: (line: number, column: number) => `line ${line}, column ${column}`,
    wait: (seconds: number) => `Wait about ${seconds} seconds before you try again.`,
  },
});

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const say = useWords(table);
  const language = useLanguage();
  const found = error instanceof ApiError ? error.words : undefined;
  if (isAbsent(error)) again = undefined; // it would be absent then too
  return (
    <div role="alert" className={`${classes.notice} ${classes.failure}`}>
      <p>
        <Hostile text={found ? found[language] : say.unknown} />
        {found?.line !== undefined && <span className="soft"> ({say.place(found.line, found.column ?? 1)})</span>}
        {found?.retry_after_seconds !== undefined && <span> {say.wait(found.retry_after_seconds)}</span>}
      </p>
      {again && (
        <Button variant="default" onClick={again}>
          {say.again}
        </Button>
      )}
    </div>
  );
}

/** An empty place that helps: a sentence of why, and what can be done about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.notice}>
      <p className={classes.title}>{title}</p>
      {children}
    </div>
  );
}
