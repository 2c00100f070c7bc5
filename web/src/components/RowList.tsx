// Records as a list that stays smooth at a hundred thousand: only what is seen is in the page.
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import type { Schemas } from "../api/client";
import { useExpert } from "../app/preferences";
import { counted, useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { Moment } from "./Moment";
import { Outcome } from "./Outcome";
import { useServerWords } from "./ServerWords";
import { Value } from "./ValueMenu";
import classes from "./RowList.module.css";

type Row = Schemas["Row"];

const table = words({
  ja: { list: "見つかった記録", time: "いつ", who: "だれ", what: "何があったか", outcome: "結果", action: "操作", from: "どこから", host: "サーバー", source: "機器", times: (count: string) => `${count}回` },
  en: { list: "Records found", time: "When", who: "Who", what: "What happened", outcome: "Outcome", action: "Action", from: "From", host: "System", source: "Source", times: (count: string) => counted(count, "time") },
});

const EASY_PX = 52;
const EXPERT_PX = 30;

interface Given {
  rows: Row[];
  /** place of the row that keys act on */
  active: number;
  setActive(at: number): void;
  open(row: Row): void;
}

const Easy = memo(function Easy({ row }: { row: Row }) {
  const say = useWords(table);
  return (
    <>
      <span role="gridcell"><Moment at={row.time} /></span>
      <span role="gridcell" className={classes.cut}>{row.fields["user.name"] && <Value field="user.name" value={row.fields["user.name"]} row={row} wrap={false} quiet />}</span>
      <span role="gridcell" className={classes.sentence}>
        <Hostile text={row.sentence} />
        {(row.count ?? 1) > 1 && <span className="soft"> × {say.times(String(row.count))}</span>}
      </span>
      <span role="gridcell"><Outcome token={row.outcome} /></span>
    </>
  );
});

const Expert = memo(function Expert({ row }: { row: Row }) {
  const cell = (field: string, value: string | undefined) => (
    <span role="gridcell" className={classes.cut}>{value && <Value field={field} value={value} row={row} wrap={false} quiet />}</span>
  );
  return (
    <>
      <span role="gridcell"><Moment at={row.time} /></span>
      {cell("event.action", row.action)}
      <span role="gridcell"><Outcome token={row.outcome} /></span>
      {cell("user.name", row.fields["user.name"])}
      {cell(row.fields["source.ip"] ? "source.ip" : "source.domain", row.fields["source.ip"] ?? row.fields["source.domain"])}
      {cell("host.name", row.fields["host.name"])}
      <span role="gridcell" className={classes.cut}><Hostile text={row.sentence} wrap={false} /></span>
    </>
  );
});

export function RowList({ rows, active, setActive, open }: Given) {
  const say = useWords(table);
  const server = useServerWords();
  const expert = useExpert();
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => (expert ? EXPERT_PX : EASY_PX), overscan: 6 });
  useEffect(() => list.measure(), [expert, list]);
  useEffect(() => {
    if (active >= 0 && active < rows.length) list.scrollToIndex(active, { align: "auto" });
    // only when the active one changes: new rows must not move what is read
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [active, list]);
  const heads = expert ? [say.time, server.field("event.action"), say.outcome, say.who, say.from, say.host, say.what] : [say.time, say.who, say.what, say.outcome];
  const shape = expert ? classes.expert : classes.easy;
  return (
    <div ref={box} className={classes.box} role="grid" aria-label={say.list} aria-rowcount={rows.length + 1} tabIndex={-1}>
      <div role="row" aria-rowindex={1} className={`${classes.row} ${classes.head} ${shape}`}>
        {heads.map((name) => <span key={name} role="columnheader">{name}</span>)}
      </div>
      <div role="rowgroup" className={classes.rows} style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={row.number}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={item.index === active}
              tabIndex={item.index === Math.max(0, active) ? 0 : -1}
              className={`${classes.row} ${shape} ${row.outcome === "failure" ? classes.failed : ""}`}
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              onClick={() => {
                setActive(item.index);
                open(row);
              }}
              onFocus={(event) => event.target === event.currentTarget && setActive(item.index)}
            >
              {expert ? <Expert row={row} /> : <Easy row={row} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}
