// How many in each piece of time: drag, or arrows and Enter, to choose a time; the same as a table for those who want it.
import { Button, Table } from "@mantine/core";
import { useState, type KeyboardEvent, type PointerEvent } from "react";
import type { Schemas } from "../api/client";
import { useLanguage } from "../app/preferences";
import { useSession } from "../app/session";
import { counted, useWords, words } from "../words/words";
import { momentText } from "./Moment";
import classes from "./Histogram.module.css";

const table = words({
  ja: {
    title: "時間ごとの件数",
    help: "左右の矢印キーで選び、Shiftを押しながら広げ、Enterでその時間に絞ります。マウスではドラッグします。",
    rows: (count: string) => `${count}件`,
    twin: "表で見る",
    picture: "図で見る",
    time: "時間",
    count: "件数",
    only: "この時間だけ",
  },
  en: {
    title: "Rows over time",
    help: "Left and right arrows choose, Shift widens, Enter narrows to it. With a mouse, drag.",
    rows: (count: string) => counted(count, "row"),
    twin: "As a table",
    picture: "As a chart",
    time: "Time",
    count: "Rows",
    only: "Only this time",
  },
});

const HEIGHT = 72;

interface Given {
  found: Schemas["Histogram"];
  choose(fromMs: number, toMs: number): void;
}

export function Histogram({ found, choose }: Given) {
  const say = useWords(table);
  const language = useLanguage();
  const offset = useSession().zone_offset_seconds ?? 0;
  const [asTable, setAsTable] = useState(false);
  const begin = Date.parse(found.from);
  const pieceMs = found.piece_seconds * 1000;
  const timeOf = (at: number) => begin + at * pieceMs;
  const label = (at: number) => momentText(new Date(timeOf(at)).toISOString(), offset, found.piece_seconds < 60);
  const counted = (count: number) => say.rows(count.toLocaleString(language));
  const narrow = (first: number, last: number) => choose(timeOf(first), timeOf(last + 1));
  return (
    <section aria-label={say.title} className={classes.histogram}>
      {asTable ? (
        <div className={classes.twin}>
          <Table>
            <Table.Thead>
              <Table.Tr><Table.Th>{say.time}</Table.Th><Table.Th>{say.count}</Table.Th></Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.counts.map((count, at) =>
                count === 0 ? null : (
                  <Table.Tr key={at}>
                    <Table.Td><Button variant="subtle" size="compact-sm" title={say.only} onClick={() => narrow(at, at)}>{label(at)}</Button></Table.Td>
                    <Table.Td>{count.toLocaleString(language)}</Table.Td>
                  </Table.Tr>
                ),
              )}
            </Table.Tbody>
          </Table>
        </div>
      ) : (
        <Bars counts={found.counts} narrow={narrow} say={(at) => `${label(at)}　${counted(found.counts[at] ?? 0)}`} help={`${say.title}. ${say.help}`} />
      )}
      <div className={classes.feet}>
        <span>{label(0)}</span>
        <Button variant="subtle" size="compact-xs" onClick={() => setAsTable(!asTable)}>{asTable ? say.picture : say.twin}</Button>
        <span>{label(found.counts.length)}</span>
      </div>
    </section>
  );
}

function Bars({ counts, narrow, say, help }: { counts: number[]; narrow(first: number, last: number): void; say(at: number): string; help: string }) {
  const [chosen, setChosen] = useState<[number, number] | undefined>();
  const [dragging, setDragging] = useState(false);
  const highest = Math.max(1, ...counts);
  const pieces = Math.max(1, counts.length);
  const pieceAt = (event: PointerEvent<Element>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(pieces - 1, Math.floor(((event.clientX - box.left) / box.width) * pieces)));
  };
  const take = () => {
    if (chosen) narrow(Math.min(...chosen), Math.max(...chosen));
    setChosen(undefined);
    setDragging(false);
  };
  const keyed = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Enter" && chosen) take();
    else if (event.key === "Escape" && chosen) setChosen(undefined);
    else if (step !== undefined) {
      const next = Math.max(0, Math.min(pieces - 1, (chosen?.[1] ?? (step > 0 ? -1 : pieces)) + step));
      setChosen(event.shiftKey && chosen ? [chosen[0], next] : [next, next]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const width = 1000 / pieces;
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={help}
      aria-valuemin={0}
      aria-valuemax={pieces - 1}
      aria-valuenow={chosen?.[1] ?? 0}
      aria-valuetext={say(chosen?.[1] ?? 0)}
      className={classes.bars}
      onKeyDown={keyed}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = pieceAt(event);
        setDragging(true);
        setChosen([at, at]);
      }}
      onPointerMove={(event) => {
        const at = pieceAt(event);
        setChosen((was) => (dragging && was ? [was[0], at] : [at, at]));
      }}
      onPointerUp={take}
      onPointerLeave={() => !dragging && setChosen(undefined)}
    >
      <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" width="100%" height={HEIGHT} aria-hidden="true">
        {chosen && <rect className={classes.chosen} x={Math.min(...chosen) * width} y={0} width={(Math.abs(chosen[1] - chosen[0]) + 1) * width} height={HEIGHT} />}
        {counts.map((count, at) => {
          const height = count === 0 ? 0 : Math.max(2, (count / highest) * (HEIGHT - 4));
          return <rect key={at} className={classes.bar} x={at * width + width * 0.08} y={HEIGHT - height} width={width * 0.84} height={height} />;
        })}
      </svg>
      <span className={classes.said}>{chosen ? say(chosen[1]) : " "}</span>
    </div>
  );
}
