// How many a day, as bars; and the same as a table for those who do not see them.
import { Table } from "@mantine/core";
import { useWords, words } from "../words/words";
import { useNumbers } from "./numbers";
import classes from "./DayBars.module.css";

const table = words({
  ja: { day: "日", count: "回数", asTable: "表で見る" },
  en: { day: "Day", count: "Times", asTable: "As a table" },
});

export interface Day {
  day: string;
  hits: number;
}

export function DayBars({ label, days }: { label: string; days: readonly Day[] }) {
  const say = useWords(table);
  const { count } = useNumbers();
  const most = Math.max(1, ...days.map((one) => one.hits));
  return (
    <figure className={classes.figure}>
      <div className={classes.bars} aria-hidden="true">
        {days.map((one) => (
          <span key={one.day} title={`${one.day}: ${count(one.hits)}`}>
            <span style={{ height: `${one.hits === 0 ? 0 : Math.max(3, (one.hits / most) * 100)}%` }} />
          </span>
        ))}
      </div>
      <div className={`${classes.ends} soft`} aria-hidden="true">
        <span>{days[0]?.day}</span>
        <span>{days.at(-1)?.day}</span>
      </div>
      <details>
        <summary>{label}: {say.asTable}</summary>
        <Table>
          <Table.Thead>
            <Table.Tr><Table.Th>{say.day}</Table.Th><Table.Th>{say.count}</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {days.map((one) => (
              <Table.Tr key={one.day}><Table.Td>{one.day}</Table.Td><Table.Td>{count(one.hits)}</Table.Td></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
    </figure>
  );
}
