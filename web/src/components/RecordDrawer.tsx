// One record whole: what happened in a sentence, the fields, the log as it came, and whether it is proved.
import { Button, Drawer, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { call, urlOf, type Schemas } from "../api/client";
import { useKeys } from "../app/keys";
import { useExpert, useLanguage } from "../app/preferences";
import { counted, useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { Moment } from "./Moment";
import { Failure } from "./Notice";
import { useNumbers } from "./numbers";
import { Outcome } from "./Outcome";
import { RecordProof } from "./RecordProof";
import { useServerWords } from "./ServerWords";
import { Value, ValueMenu } from "./ValueMenu";
import classes from "./RecordDrawer.module.css";

const table = words({
  ja: {
    title: (number: number) => `記録 ${number}`,
    close: "閉じる",
    fields: "分かったこと",
    own: "元のログの項目",
    raw: "元のログ",
    binary: (bytes: number) => `文字ではないログです（${bytes}バイト、Base64で示します）`,
    evidence: (count: string) => `もとになった記録 ${count}件`,
    evidenceMore: (count: string) => `もとになった記録 ${count}件と、さらに多く`,
    evidenceRest: (count: string) => `残りの${count}件も`,
    evidenceAll: "前後1分の、まとめる前の記録をすべて見る",
    previous: "前の記録",
    next: "次の記録",
    received: "届いた時刻",
    skew: (seconds: string) => `機器の時計とのずれ ${seconds}秒`,
    parse: "読み取り方",
    file: "元のファイル",
    copy: "コピー",
  },
  en: {
    title: (number: number) => `Record ${number}`,
    close: "Close",
    fields: "What is known",
    own: "Fields of the log itself",
    raw: "The log as it came",
    binary: (bytes: number) => `Not text (${bytes} bytes, shown as base64)`,
    evidence: (count: string) => `Made from ${counted(count, "record")}`,
    evidenceMore: (count: string) => `Made from ${count} records and more`,
    evidenceRest: (count: string) => `The other ${count} too`,
    evidenceAll: "See all records of a minute around it, as they came",
    previous: "Previous record",
    next: "Next record",
    received: "Received",
    skew: (seconds: string) => `${seconds} s off the device's clock`,
    parse: "Read by",
    file: "File",
    copy: "Copy",
  },
});

const MINUTE_MS = 60_000;
const EVIDENCE_SHOWN = 12;

type Whole = Schemas["Record"];

function Fields({ record }: { record: Whole }) {
  const server = useServerWords();
  const say = useWords(table);
  const row = record.row;
  const action: [string, string][] = [["event.action", row.action]];
  if (row.outcome) action.push(["event.outcome", row.outcome]);
  return (
    <section aria-label={say.fields}>
      <h3>{say.fields}</h3>
      <dl className={classes.fields}>
        {[...action, ...Object.entries(row.fields)].map(([name, value]) => (
          <div key={name}>
            <dt title={name}><Hostile text={server.field(name)} /></dt>
            <dd><Value field={name} value={value} row={row} /></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Own({ record }: { record: Whole }) {
  const say = useWords(table);
  if (record.own_fields.length === 0) return null;
  return (
    <details open>
      <summary>{say.own}</summary>
      <dl className={`${classes.fields} mono`}>
        {record.own_fields.map(({ name, value }, at) => (
          <div key={at}>
            <dt><Hostile text={name} /></dt>
            <dd><Value field={name} value={value} row={record.row} /></dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** What an action was joined from: it has no raw line of its own, these have. */
function Evidence({ record, show }: { record: Whole; show(number: number): void }) {
  const say = useWords(table);
  const { count } = useNumbers();
  const [whole, setWhole] = useState(false);
  if (!record.evidence || record.evidence.length === 0) {
    if (record.raw !== "") return null;
    const at = Date.parse(record.row.time);
    const around = { from: new Date(at - MINUTE_MS).toISOString(), to: new Date(at + MINUTE_MS).toISOString(), all: true };
    return <p><Link href={urlOf("/search", around)}>{say.evidenceAll}</Link></p>;
  }
  const { evidence } = record;
  const shown = whole ? evidence : evidence.slice(0, EVIDENCE_SHOWN);
  const label = record.evidence_more ? say.evidenceMore(count(evidence.length)) : say.evidence(count(evidence.length));
  return (
    <section aria-label={label}>
      <h3>{label}</h3>
      <Group gap="xs">
        {shown.map((number) => (
          <Button key={number} variant="default" size="compact-sm" aria-label={say.title(number)} onClick={() => show(number)}>
            {number}
          </Button>
        ))}
        {shown.length < evidence.length && (
          <Button variant="subtle" size="compact-sm" onClick={() => setWhole(true)}>{say.evidenceRest(count(evidence.length - shown.length))}</Button>
        )}
      </Group>
    </section>
  );
}

function Raw({ record }: { record: Whole }) {
  const say = useWords(table);
  if (record.raw === "") return null;
  return (
    <section aria-label={say.raw}>
      <Group justify="space-between">
        <h3>{say.raw}</h3>
        <Button variant="subtle" size="compact-sm" onClick={() => void navigator.clipboard?.writeText(record.raw)}>
          {say.copy}
        </Button>
      </Group>
      {!record.raw_is_text && <p className="soft">{say.binary(record.raw_bytes ?? 0)}</p>}
      <pre className={`${classes.raw} mono`} tabIndex={0} aria-label={say.raw}><Hostile text={record.raw} /></pre>
    </section>
  );
}

function Expert({ record }: { record: Whole }) {
  const say = useWords(table);
  const { row } = record;
  return (
    <section>
      <p className="soft">
        {row.ingested && <>{say.received} <Moment at={row.ingested} /> · </>}
        {record.skew_seconds !== undefined && <>{say.skew(record.skew_seconds.toFixed(1))} · </>}
        {row.parse && <>{say.parse} <Hostile text={row.parse} /> · </>}
        {record.file && <>{say.file} <Hostile text={record.file} /> [{record.index}]</>}
      </p>
    </section>
  );
}

interface Given {
  number: number;
  close(): void;
  show(number: number): void;
  previous?: (() => void) | undefined;
  next?: (() => void) | undefined;
}

export function RecordDrawer({ number, close, show, previous, next }: Given) {
  const say = useWords(table);
  const lang = useLanguage();
  const expert = useExpert();
  const found = useQuery({
    queryKey: ["record", number, lang],
    queryFn: ({ signal }) => call("get", "/api/v1/records/{number}", { parts: { number }, parameters: { lang }, signal }),
  });
  const record = found.data;
  return (
    <Drawer opened onClose={close} position="right" size="44rem" title={say.title(number)} closeButtonProps={{ "aria-label": say.close }}>
      <ValueMenu>
        <div className={classes.record}>
          <Group gap="xs">
            <Button variant="default" size="compact-md" disabled={!previous} onClick={previous}>↑ {say.previous}</Button>
            <Button variant="default" size="compact-md" disabled={!next} onClick={next}>↓ {say.next}</Button>
          </Group>
          {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
          {record && (
            <>
              <p className={classes.when}><Moment at={record.row.time} /> <Outcome token={record.row.outcome} /></p>
              <p className={classes.sentence}><Hostile text={record.row.sentence} /></p>
              {expert && <Expert record={record} />}
              <Fields record={record} />
              <Evidence key={record.row.number} record={record} show={show} />
              <Raw record={record} />
              <RecordProof number={record.row.number} />
              {expert && <Own record={record} />}
            </>
          )}
        </div>
      </ValueMenu>
      <DrawerKeys previous={previous} next={next} />
    </Drawer>
  );
}

function DrawerKeys({ previous, next }: Pick<Given, "previous" | "next">) {
  const say = useWords(table);
  useKeys([
    { key: "k", label: say.previous, act: () => previous?.() },
    { key: "j", label: say.next, act: () => next?.() },
  ]);
  return null;
}
