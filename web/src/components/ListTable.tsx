// A table that can be put in order by a column; the order stands in the address.
import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./ListTable.module.css";
import { useUrlState } from "./urlState";

export interface Column<T> {
  key: string;
  title: string;
  cell(row: T): ReactNode;
  /** what it is ordered by; a column without cannot be */
  by?(row: T): string | number;
  number?: boolean;
  /** the title is for those who do not see: a column of buttons */
  untitled?: boolean;
}

interface Given<T> {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  keyOf(row: T): string | number;
  /** `key` or `-key`; empty: as given */
  order?: string;
}

function ordered<T>(rows: readonly T[], columns: Column<T>[], order: string): readonly T[] {
  const down = order.startsWith("-");
  const by = columns.find((column) => column.key === order.replace("-", ""))?.by;
  if (!by) return rows;
  return [...rows].sort((a, b) => {
    const left = by(a);
    const right = by(b);
    const found = typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right), "ja");
    return down ? -found : found;
  });
}

export function ListTable<T>({ label, columns, rows, keyOf, order: first = "" }: Given<T>) {
  const [order, setOrder] = useUrlState("order", first);
  const shown = ordered(rows, columns, order);
  const turn = (column: Column<T>) => {
    const down = `-${column.key}`;
    // figures are asked for from the largest, names from the first
    const begin = column.number ? down : column.key;
    const other = begin === down ? column.key : down;
    setOrder(order === begin ? other : begin);
  };
  const sorted = (column: Column<T>) => (order === column.key ? "ascending" : order === `-${column.key}` ? "descending" : undefined);
  return (
    <div className={classes.wide} tabIndex={0} role="region" aria-label={label}>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.key} aria-sort={sorted(column)} className={column.number ? classes.number : undefined}>
                {column.by ? (
                  <button type="button" className={classes.turn} onClick={() => turn(column)}>
                    {column.title}
                    <span aria-hidden="true">{{ ascending: " ▲", descending: " ▼", none: "" }[sorted(column) ?? "none"]}</span>
                  </button>
                ) : (
                  <span className={column.untitled ? "unseen" : undefined}>{column.title}</span>
                )}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map((column) => (
                <Table.Td key={column.key} className={column.number ? classes.number : undefined}>
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
