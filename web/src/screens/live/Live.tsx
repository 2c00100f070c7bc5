// ライブ: records as they become durable; pause keeps what is read in place, and what was left out is said.
import { Button } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { urlOf } from "../../api/client";
import { tail, type TailRate } from "../../api/stream";
import { useKeys } from "../../app/keys";
import { useLanguage } from "../../app/preferences";
import { useSession } from "../../app/session";
import { condition, narrowed } from "../../components/query/query";
import { QueryBar } from "../../components/QueryBar";
import { RecordDrawer } from "../../components/RecordDrawer";
import { RowList } from "../../components/RowList";
import { focusedValue, QuestionDoorProvider, ValueMenu, type QuestionDoor } from "../../components/ValueMenu";
import { useWords, words } from "../../words/words";
import type { Row } from "../search/useRows";
import classes from "./Live.module.css";

const table = words({
  ja: {
    title: "ライブ",
    open: "受信中",
    waiting: "つなぎ直しています…",
    paused: (count: string) => `止めています（新しい記録 ${count}件）`,
    pause: "止める",
    go: "続ける",
    rate: (perSecond: string) => `毎秒 ${perSecond}件`,
    leftOut: (count: string) => `多すぎるため ${count}件は表示していません（保存はされています）`,
    clear: "画面を空にする",
    search: "この条件でさがす",
    none: "条件に合う記録が届くと、ここに出ます。",
    kept: (count: string) => `新しいものから${count}件までを表示します`,
    only: "選んだ値だけ",
    except: "選んだ値を除く",
  },
  en: {
    title: "Live",
    open: "Receiving",
    waiting: "Connecting again…",
    paused: (count: string) => `Paused (${count} new records)`,
    pause: "Pause",
    go: "Go on",
    rate: (perSecond: string) => `${perSecond} a second`,
    leftOut: (count: string) => `${count} are not shown because there are too many (they are stored)`,
    clear: "Clear",
    search: "Search with this",
    none: "Records that fit appear here as they arrive.",
    kept: (count: string) => `The newest ${count} are shown`,
    only: "Only the chosen value",
    except: "Not the chosen value",
  },
});

/** Older ones are found by a search. */
const SHOWN_MAX = 2000;
const HAND_ON_MS = 200;

interface Flow {
  rows: Row[];
  waiting: number;
  rate: TailRate | undefined;
  leftOut: number;
  state: "open" | "waiting";
}

const STILL: Flow = { rows: [], waiting: 0, rate: undefined, leftOut: 0, state: "waiting" };

function useFlow(q: string, paused: boolean): [Flow, () => void] {
  const [flow, setFlow] = useState<Flow>(STILL);
  const lang = useLanguage();
  const zone = useSession().zone;
  const come = useRef<Row[]>([]);
  const held = useRef(paused);
  held.current = paused;
  useEffect(() => {
    come.current = [];
    setFlow(STILL);
    const end = tail({ q, lang, zone }, {
      row: (row) => {
        come.current.unshift(row);
        if (come.current.length > SHOWN_MAX) come.current.length = SHOWN_MAX;
      },
      rate: (rate) => setFlow((was) => ({ ...was, rate, leftOut: was.leftOut + rate.left_out })),
      state: (state) => setFlow((was) => ({ ...was, state })),
    });
    const timer = setInterval(() => {
      const fresh = come.current;
      if (fresh.length === 0) return;
      if (held.current) return setFlow((was) => (was.waiting === fresh.length ? was : { ...was, waiting: fresh.length }));
      come.current = [];
      setFlow((was) => ({ ...was, waiting: 0, rows: [...fresh, ...was.rows].slice(0, SHOWN_MAX) }));
    }, HAND_ON_MS);
    return () => {
      clearInterval(timer);
      end();
    };
  }, [q, lang, zone]);
  return [flow, useCallback(() => setFlow((was) => ({ ...was, rows: [], leftOut: 0 })), [])];
}

export default function Live() {
  const say = useWords(table);
  const language = useLanguage();
  const given = new URLSearchParams(useSearch());
  const q = (given.get("q") ?? "").slice(0, 8192);
  const record = /^\d{1,15}$/.test(given.get("record") ?? "") ? Number(given.get("record")) : undefined;
  const [, go] = useLocation();
  const [paused, setPaused] = useState(false);
  const [active, setActive] = useState(-1);
  const [flow, clear] = useFlow(q, paused || record !== undefined);
  const change = (next: string, open?: number) => go(urlOf("/live", { q: next, record: open }));
  const narrow = (more: string) => change(narrowed(q, more));
  const door = useMemo<QuestionDoor>(
    () => ({ narrow, ask: (question) => go(urlOf("/search", question)) }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [q],
  );
  const take = (except: boolean) => {
    const value = focusedValue();
    if (value) narrow(condition(value.field, value.value, except));
  };
  useKeys([
    { key: " ", label: paused ? say.go : say.pause, act: () => setPaused(!paused) },
    { key: "f", label: say.only, act: () => take(false) },
    { key: "F", label: say.except, act: () => take(true) },
  ]);
  const number = (value: number) => value.toLocaleString(language, { maximumFractionDigits: 1 });
  return (
    <QuestionDoorProvider value={door}>
      <ValueMenu>
        <div className={classes.live}>
          <h1 className="unseen">{say.title}</h1>
          <QueryBar q={q} ask={(next) => change(next)} />
          <div className={classes.state}>
            <Button size="md" variant={paused ? "filled" : "default"} aria-pressed={paused} onClick={() => setPaused(!paused)}>
              {paused ? `▶ ${say.go}` : `❚❚ ${say.pause}`}
            </Button>
            <div className={classes.said}>
              <p role="status">{flow.state === "waiting" ? `◌ ${say.waiting}` : paused ? say.paused(number(flow.waiting)) : `● ${say.open}`}</p>
              {flow.rate && <p>{say.rate(number(flow.rate.rows_per_second))}</p>}
              {flow.leftOut > 0 && <p>▲ {say.leftOut(number(flow.leftOut))}</p>}
            </div>
            <Button variant="default" size="compact-md" onClick={clear}>{say.clear}</Button>
            <Button variant="default" size="compact-md" onClick={() => go(urlOf("/search", { q }))}>{say.search}</Button>
          </div>
          {flow.rows.length === 0 ? (
            <p className="soft">{say.none}</p>
          ) : (
            <RowList rows={flow.rows} active={active} setActive={setActive} open={(row) => change(q, row.number)} />
          )}
          <p className={`${classes.kept} soft`}>{say.kept(number(SHOWN_MAX))}</p>
          {record !== undefined && <RecordDrawer number={record} close={() => change(q)} show={(next) => change(q, next)} />}
        </div>
      </ValueMenu>
    </QuestionDoorProvider>
  );
}
