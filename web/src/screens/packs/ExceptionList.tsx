// What the rules pass over, until when, and why.
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { call, type Schemas } from "../../api/client";
import { useMay } from "../../app/session";
import { Confirm } from "../../components/Confirm";
import { Hostile } from "../../components/Hostile";
import { ListTable, type Column } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Empty, Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { useServerWords } from "../../components/ServerWords";
import { useText2, useWords } from "../../words/words";
import { packWords } from "./packWords";
import classes from "./Packs.module.css";

type Exception = Schemas["Exception"];

export function ExceptionList() {
  const say = useWords(packWords);
  const text = useText2();
  const server = useServerWords();
  const mayAct = useMay("act");
  const cache = useQueryClient();
  const { count } = useNumbers();
  const [ending, setEnding] = useState<Exception>();
  const found = useQuery({ queryKey: ["exceptions"], queryFn: () => call("get", "/api/v1/exceptions") });
  const rules = useQuery({ queryKey: ["rules", "", ""], queryFn: () => call("get", "/api/v1/rules") });
  const titles = new Map(rules.data?.rules.map((rule) => [rule.id, text(rule.title)]));
  const end = async (one: Exception) => {
    await call("delete", "/api/v1/exceptions/{id}", { parts: { id: one.id } });
    await cache.invalidateQueries({ queryKey: ["exceptions"] });
  };
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return null;
  if (found.data.exceptions.length === 0) return <Empty title={say.noException}><p>{say.noExceptionHelp}</p></Empty>;
  const columns: Column<Exception>[] = [
    { key: "rule", title: say.name, cell: (one) => <Link href={`/packs/rules/${encodeURIComponent(one.rule)}`}><Hostile text={titles.get(one.rule) ?? one.rule} /></Link> },
    { key: "field", title: say.field, cell: (one) => <Hostile text={server.field(one.field)} /> },
    { key: "value", title: say.value, cell: (one) => <strong><Hostile text={one.value} /></strong> },
    { key: "until", title: say.until, by: (one) => one.until, cell: (one) => <Moment at={one.until} seconds={false} /> },
    { key: "why", title: say.why, cell: (one) => <Hostile text={one.why} /> },
    { key: "by", title: say.by, by: (one) => one.by, cell: (one) => <Hostile text={one.by} /> },
    { key: "used", title: say.used, number: true, by: (one) => one.hits ?? 0, cell: (one) => count(one.hits ?? 0) },
  ];
  if (mayAct) {
    columns.push({
      key: "end",
      title: say.end,
      untitled: true,
      cell: (one) => <Button variant="default" size="compact-md" aria-label={say.endOf(one.value)} onClick={() => setEnding(one)}>{say.end}</Button>,
    });
  }
  return (
    <div className={classes.part}>
      <p className="soft">{say.exceptionHelp}</p>
      <ListTable label={say.exceptions} columns={columns} rows={found.data.exceptions} keyOf={(one) => one.id} />
      {ending && (
        <Confirm title={say.endTitle} go={say.end} close={() => setEnding(undefined)} act={() => end(ending)}>
          <p><Hostile text={say.endHelp(ending.value)} /></p>
        </Confirm>
      )}
    </div>
  );
}
