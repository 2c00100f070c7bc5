// The answer of a question with pipes: columns as it made them.
import { Table } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { useLanguage } from "../../app/preferences";
import { useServerWords } from "../../components/ServerWords";
import { Hostile } from "../../components/Hostile";
import { Value } from "../../components/ValueMenu";
import { useWords } from "../../words/words";
import type { Cells, Columns } from "./useRows";
import { searchWords } from "./searchWords";
import classes from "./Search.module.css";

const LINE_PX = 34;

export function ResultTable({ columns, cells }: { columns: Columns; cells: Cells[] }) {
  const say = useWords(searchWords);
  const server = useServerWords();
  const language = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({ count: cells.length, getScrollElement: () => box.current, estimateSize: () => LINE_PX, overscan: 20 });
  const shown = lines.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = lines.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const isField = (name: string) => server.fields.some((field) => field.name === name) || /^event\.|^user\.|^host\.|^source\./.test(name);
  return (
    <div ref={box} className={classes.table} tabIndex={0} role="region" aria-label={say.result}>
      <Table stickyHeader highlightOnHover>
        <Table.Thead>
          <Table.Tr>{columns.map((column) => <Table.Th key={column.name}><Hostile text={column[language] ?? server.field(column.name)} /></Table.Th>)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {shown.map((item) => (
            <Table.Tr key={item.key} style={{ height: LINE_PX }}>
              {columns.map((column, at) => {
                const cell = cells[item.index]?.[at];
                if (typeof cell === "number") return <Table.Td key={column.name} className={classes.number}>{cell.toLocaleString(language)}</Table.Td>;
                return (
                  <Table.Td key={column.name}>
                    {typeof cell !== "string" ? say.none : isField(column.name) ? <Value field={column.name} value={cell} wrap={false} /> : <Hostile text={cell} wrap={false} />}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
          {after > 0 && <tr style={{ height: after }} />}
        </Table.Tbody>
      </Table>
    </div>
  );
}
