// Every value can be clicked: only this, not this, five minutes around it, this person, this terminal, an exception, copy.
import { Menu } from "@mantine/core";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { urlOf, type Schemas } from "../api/client";
import { useMay } from "../app/session";
import { useWords, words } from "../words/words";
import { ExceptionDialog } from "./ExceptionDialog";
import { Hostile } from "./Hostile";
import { condition } from "./query/query";
import { moment } from "./query/range";
import { useServerWords } from "./ServerWords";
import classes from "./ValueMenu.module.css";

type Row = Schemas["Row"];

const table = words({
  ja: {
    only: "この値だけ",
    except: "この値を除く",
    around: "前後5分を見る",
    person: "この人のしたこと",
    terminal: "この端末でのこと",
    who: "このIPはだれ",
    exception: "例外にする…",
    copy: "コピー",
    menu: (value: string) => `${value}：できること`,
    empty: "（空）",
  },
  en: {
    only: "Only this value",
    except: "Not this value",
    around: "Five minutes around it",
    person: "What this person did",
    terminal: "What happened on this computer",
    who: "Who is this address",
    exception: "Make an exception…",
    copy: "Copy",
    menu: (value: string) => `${value}: what can be done`,
    empty: "(empty)",
  },
});

/** Where a choice leads; a search screen narrows its own question. */
export interface QuestionDoor {
  narrow(more: string): void;
  /** a new question; times in RFC 3339 */
  ask(question: { q?: string; from?: string; to?: string; who?: string; at?: string }): void;
}

const DoorContext = createContext<QuestionDoor | null>(null);
export const QuestionDoorProvider = DoorContext.Provider;

function useQuestionDoor(): QuestionDoor {
  const given = useContext(DoorContext);
  const [, go] = useLocation();
  return given ?? { narrow: (q) => go(urlOf("/search", { q })), ask: (question) => go(urlOf("/search", question)) };
}

interface Chosen {
  field: string;
  value: string;
  row: Row | undefined;
  /** the rule under which it is shown, on the alert page */
  rule: string | undefined;
  anchor: HTMLElement;
}

const OpenContext = createContext<(chosen: Chosen) => void>(() => undefined);

const AROUND_MS = 5 * 60_000;
const terminalOf = (row: Row | undefined) => {
  for (const field of ["source.domain", "source.ip", "host.name"]) {
    const value = row?.fields[field];
    if (value) return { field, value };
  }
  return undefined;
};

function Choices({ chosen, except }: { chosen: Chosen; except(): void }) {
  const say = useWords(table);
  const door = useQuestionDoor();
  const mayAct = useMay("act");
  const { field, value, row } = chosen;
  const user = field.startsWith("user.") && value ? value : row?.fields["user.name"];
  const terminal = field === "host.name" || field === "source.domain" ? { field, value } : terminalOf(row);
  const isAddress = /(^|\.)ip$/.test(field) && value !== "";
  const around = () => {
    const at = Date.parse(row?.time ?? "");
    door.ask({ from: moment(at - AROUND_MS), to: moment(at + AROUND_MS) });
  };
  return (
    <>
      <Menu.Item onClick={() => door.narrow(condition(field, value))}>{say.only}</Menu.Item>
      <Menu.Item onClick={() => door.narrow(condition(field, value, true))}>{say.except}</Menu.Item>
      {row && <Menu.Item onClick={around}>{say.around}</Menu.Item>}
      {user && <Menu.Item onClick={() => door.ask({ q: condition("user.name", user) })}>{say.person}</Menu.Item>}
      {terminal && <Menu.Item onClick={() => door.ask({ q: condition(terminal.field, terminal.value) })}>{say.terminal}</Menu.Item>}
      {isAddress && <Menu.Item onClick={() => door.ask({ who: value, at: row?.time })}>{say.who}</Menu.Item>}
      <Menu.Divider />
      {mayAct && <Menu.Item onClick={except}>{say.exception}</Menu.Item>}
      <Menu.Item onClick={() => void navigator.clipboard?.writeText(value)}>{say.copy}</Menu.Item>
    </>
  );
}

/** One menu for all values below it. */
export function ValueMenu({ children }: { children: ReactNode }) {
  const say = useWords(table);
  const [chosen, setChosen] = useState<Chosen | undefined>();
  const [opened, setOpened] = useState(false);
  const [excepted, setExcepted] = useState<Chosen | undefined>();
  const open = useMemo(
    () => (next: Chosen) => {
      setChosen(next);
      setOpened(true);
    },
    [],
  );
  const place = chosen?.anchor.getBoundingClientRect();
  const change = (now: boolean) => {
    setOpened(now);
    if (!now) chosen?.anchor.focus();
  };
  return (
    <OpenContext.Provider value={open}>
      {children}
      {chosen && place && (
        <Menu opened={opened} onChange={change} position="bottom-start" withinPortal aria-label={say.menu(chosen.value)}>
          <Menu.Target>
            <span className={classes.anchor} style={{ left: place.left, top: place.bottom }} />
          </Menu.Target>
          <Menu.Dropdown aria-labelledby={undefined} aria-label={say.menu(chosen.value || say.empty)}>
            <Choices chosen={chosen} except={() => setExcepted(chosen)} />
          </Menu.Dropdown>
        </Menu>
      )}
      {excepted && (
        <ExceptionDialog field={excepted.field} value={excepted.value} rule={excepted.rule} close={() => setExcepted(undefined)} />
      )}
    </OpenContext.Provider>
  );
}

interface Given {
  field: string;
  value: string;
  row?: Row | undefined;
  rule?: string | undefined;
  wrap?: boolean;
  /** keys only through the row that holds it: many of them stand in a list */
  quiet?: boolean;
}

/** A value of a log with its menu. */
export function Value({ field, value, row, rule, wrap = true, quiet = false }: Given) {
  const open = useContext(OpenContext);
  const say = useWords(table);
  const server = useServerWords();
  return (
    <button
      type="button"
      className={`${classes.value} ${wrap ? "" : classes.line}`}
      aria-haspopup="menu"
      tabIndex={quiet ? -1 : 0}
      data-field={field}
      data-value={value}
      onClick={(event) => {
        event.stopPropagation();
        open({ field, value, row, rule, anchor: event.currentTarget });
      }}
    >
      {value === "" ? <span className="soft">{say.empty}</span> : <Hostile text={server.value(field, value)} wrap={wrap} />}
    </button>
  );
}

/** The value that has the focus, for the keys f and F. */
export function focusedValue(): { field: string; value: string } | undefined {
  const at = document.activeElement;
  if (!(at instanceof HTMLElement) || at.dataset["field"] === undefined) return undefined;
  return { field: at.dataset["field"], value: at.dataset["value"] ?? "" };
}
