// A rule run over what is stored: how often it would have fired, on which days, on what.
import { Button, Select } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Schemas } from "../../api/client";
import { DayBars } from "../../components/DayBars";
import { Hostile } from "../../components/Hostile";
import { ListTable } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { RecordDrawer } from "../../components/RecordDrawer";
import { useUrlState } from "../../components/urlState";
import { useWords } from "../../words/words";
import { ruleWords } from "./ruleWords";
import classes from "./RuleEditor.module.css";

const DAY_MS = 86_400_000;
/** More a day than a person can look at. */
const HITS_A_DAY_MANY = 20;

function Result({ result }: { result: Schemas["RuleTryResult"] }) {
  const say = useWords(ruleWords);
  const { count } = useNumbers();
  const [record, setRecord] = useUrlState("record");
  const many = result.hits > HITS_A_DAY_MANY * Math.max(1, result.days.length);
  return (
    <div className={classes.result}>
      <p role="status">
        <strong>{result.hits === 0 ? say.triedNone(count(result.rows)) : say.tried(count(result.hits), count(result.rows))}</strong>
        {result.complete === false && ` ${say.triedPart}`}
        {many && ` ${say.many}`}
      </p>
      {result.days.length > 0 && result.hits > 0 && <DayBars label={say.byDay} days={result.days} />}
      {result.examples.length > 0 && (
        <>
          <h3>{say.examples}</h3>
          <ListTable
            label={say.examples}
            rows={result.examples}
            keyOf={(one) => one.number}
            columns={[
              { key: "time", title: say.time, cell: (one) => <Moment at={one.time} /> },
              { key: "what", title: say.what, cell: (one) => <Hostile text={one.sentence} /> },
              {
                key: "show",
                title: say.show,
                untitled: true,
                cell: (one) => <Button variant="default" size="compact-md" aria-label={`${say.show} ${one.number}`} onClick={() => setRecord(String(one.number))}>{say.show}</Button>,
              },
            ]}
          />
        </>
      )}
      {/^\d{1,15}$/.test(record) && <RecordDrawer number={Number(record)} close={() => setRecord("")} show={(number) => setRecord(String(number))} />}
    </div>
  );
}

export function RuleTry({ yaml }: { yaml: string }) {
  const say = useWords(ruleWords);
  const [days, setDays] = useState("30");
  const trial = useMutation({
    mutationFn: () => call("post", "/api/v1/rules/try", { body: { yaml, from: new Date(Date.now() - Number(days) * DAY_MS).toISOString() } }),
  });
  return (
    <section className={`sheet ${classes.try}`} aria-labelledby="rule-try">
      <h2 id="rule-try">{say.try}</h2>
      <p className="soft">{say.tryHelp}</p>
      <div className={classes.buttons}>
        <Select
          aria-label={say.range}
          allowDeselect={false}
          value={days}
          data={[7, 30, 90, 365].map((one) => ({ value: String(one), label: say.days(one) }))}
          onChange={(next) => setDays(next ?? "30")}
        />
        <Button loading={trial.isPending} onClick={() => trial.mutate()}>{say.tryGo}</Button>
      </div>
      {trial.error && <Failure error={trial.error} />}
      {trial.data && <Result result={trial.data} />}
    </section>
  );
}
