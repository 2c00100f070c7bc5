// Who did what here, newest first.
import { Button, Select, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Schemas } from "../../api/client";
import { useLanguage } from "../../app/preferences";
import { Glossed } from "../../components/Glossary";
import { Hostile } from "../../components/Hostile";
import { ListTable, type Column } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Empty, Failure } from "../../components/Notice";
import { useServerWords } from "../../components/ServerWords";
import { useUrlState } from "../../components/urlState";
import { useWords } from "../../words/words";
import { adminWords } from "./adminWords";
import classes from "./Admin.module.css";

type Row = Schemas["Row"];

const DAY_MS = 86_400_000;
const DAYS = { today: 1, week: 7, month: 30, quarter: 90 } as const;
const STEP = 200;
const ROWS_MAX = 1000;

export function LogPart() {
  const say = useWords(adminWords);
  const lang = useLanguage();
  const server = useServerWords();
  const [period, setPeriod] = useUrlState("period", "week");
  const [text, setText] = useUrlState("text");
  const [limit, setLimit] = useState(STEP);
  const days = DAYS[period as keyof typeof DAYS] ?? DAYS.week;
  const found = useQuery({
    queryKey: ["operator-log", days, limit, lang],
    queryFn: () => call("get", "/api/v1/operator-log", { parameters: { from: new Date(Date.now() - days * DAY_MS).toISOString(), limit, lang } }),
    placeholderData: keepPreviousData,
  });
  const fold = (words: string) => words.normalize("NFKC").toLowerCase();
  const rows = (found.data?.rows ?? []).filter((row) => fold(`${row.sentence} ${Object.values(row.fields).join(" ")}`).includes(fold(text.trim())));
  const columns: Column<Row>[] = [
    { key: "time", title: say.time, by: (one) => one.time, cell: (one) => <Moment at={one.time} /> },
    { key: "who", title: say.who, by: (one) => one.fields["user.name"] ?? "", cell: (one) => <Hostile text={one.fields["user.name"] ?? ""} /> },
    { key: "what", title: say.what, cell: (one) => <Hostile text={one.sentence} /> },
    { key: "from", title: say.from, by: (one) => one.fields["source.ip"] ?? "", cell: (one) => <span className="mono"><Hostile text={one.fields["source.ip"] ?? ""} /></span> },
    { key: "result", title: say.result, by: (one) => one.outcome ?? "", cell: (one) => one.outcome && server.outcome(one.outcome) },
  ];
  return (
    <>
      <p className="soft"><Glossed text={say.logHelp} /></p>
      <div className={classes.filters}>
        <Select
          label={say.period}
          allowDeselect={false}
          value={period in DAYS ? period : "week"}
          data={(Object.keys(DAYS) as (keyof typeof DAYS)[]).map((one) => ({ value: one, label: say[one] }))}
          onChange={(next) => setPeriod(next ?? "week")}
        />
        <TextInput label={say.logSearch} value={text} maxLength={128} onChange={(event) => setText(event.currentTarget.value)} />
      </div>
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && rows.length === 0 && <Empty title={say.noLog}><p>{say.noLogHelp}</p></Empty>}
      {rows.length > 0 && <ListTable label={say.log} columns={columns} rows={rows} keyOf={(one) => one.number} />}
      {found.data?.more && (
        <p className={classes.buttons}>
          <span className="soft">{say.more}</span>
          {limit < ROWS_MAX && <Button variant="default" onClick={() => setLimit(Math.min(ROWS_MAX, limit + STEP))}>{say.moreShow}</Button>}
        </p>
      )}
    </>
  );
}
