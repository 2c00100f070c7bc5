// What the sheet rests on: phases, findings in time, the records, what was done, what was like it before.
import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { useMay } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { ListTable, type Column } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { useNumbers } from "../../components/numbers";
import { Severity } from "../../components/Severity";
import { useText2, useWords } from "../../words/words";
import type { Story } from "./AlertPage";
import { alertWords } from "./alertWords";
import { Phases, Timeline } from "./Phases";
import { sheetWords } from "./sheetWords";
import { StoryState } from "./StoryState";
import { Suppress } from "./Suppress";
import classes from "./AlertPage.module.css";

type Finding = Story["findings"][number];

/** A page is not a place for hundreds of buttons. */
const RECORDS_SHOWN = 5;

function Findings({ story, whole, open }: { story: Story; whole: boolean; open(number: number): void }) {
  const say = useWords(sheetWords);
  const list = useWords(alertWords);
  const text = useText2();
  const mayAct = useMay("act");
  const { count } = useNumbers();
  const [suppressed, setSuppressed] = useState<Finding>();
  const columns: Column<Finding>[] = [
    { key: "level", title: list.level, cell: (one) => <Severity level={one.level} /> },
    {
      key: "rule",
      title: say.rule,
      cell: (one) =>
        whole ? <Link href={`/packs/rules/${encodeURIComponent(one.rule)}`}><Hostile text={text(one.title)} /></Link> : <Hostile text={text(one.title)} />,
    },
    ...(whole ? [{ key: "attack", title: say.attack, cell: (one: Finding) => <Hostile text={(one.tags ?? []).join(" ")} /> }] : []),
    { key: "times", title: say.times, number: true, cell: (one) => count(one.count) },
    { key: "first", title: say.first, cell: (one) => <Moment at={one.first} /> },
    { key: "last", title: say.last, cell: (one) => <Moment at={one.last} /> },
    {
      key: "records",
      title: say.records,
      cell: (one) => (
        <span className={classes.records}>
          {one.rows.slice(0, RECORDS_SHOWN).map((number) => (
            <Button key={number} variant="default" size="compact-sm" aria-label={say.record(String(number))} onClick={() => open(number)}>
              {number}
            </Button>
          ))}
          {one.rows.length > RECORDS_SHOWN && <span className="soft">{say.moreRecords(count(one.rows.length - RECORDS_SHOWN))}</span>}
        </span>
      ),
    },
  ];
  if (whole && mayAct) {
    columns.push({
      key: "suppress",
      title: say.suppress,
      untitled: true,
      cell: (one) => (
        <Button className="no-print" variant="default" size="compact-sm" aria-label={say.suppressOf(text(one.title))} onClick={() => setSuppressed(one)}>
          {say.suppress}
        </Button>
      ),
    });
  }
  return (
    <section aria-label={say.findings}>
      <h2>{say.findings}</h2>
      <ListTable label={say.findings} columns={columns} rows={story.findings} keyOf={(one) => one.rule} />
      {suppressed && <Suppress head={story.head} rule={suppressed.rule} close={() => setSuppressed(undefined)} />}
    </section>
  );
}

function History({ story }: { story: Story }) {
  const say = useWords(sheetWords);
  const acts: Record<string, string> = { opened: say.opened, seen: say.seen, started: say.started, closed: say.closed, noted: say.noted, undone: say.undone, escalated: say.escalated, raised: say.raised };
  return (
    <section aria-label={say.history}>
      <h2>{say.history}</h2>
      {story.history.length === 0 && <p className="soft">{say.noHistory}</p>}
      <ol className={classes.history}>
        {story.history.map((one, at) => (
          <li key={at}>
            <Moment at={one.at} seconds={false} /> {acts[one.act] ?? one.act}
            {one.who && <span className="soft"> <Hostile text={one.who} /></span>}
            {one.note && <p><Hostile text={one.note} /></p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Similar({ story }: { story: Story }) {
  const say = useWords(sheetWords);
  const list = useWords(alertWords);
  const text = useText2();
  return (
    <section aria-label={say.similar}>
      <h2>{say.similar}</h2>
      {story.similar.length === 0 && <p className="soft">{say.noSimilar}</p>}
      <ul className={classes.history}>
        {story.similar.map((one) => (
          <li key={one.id}>
            <Moment at={one.opened} seconds={false} /> <Link href={`/alerts/${one.id}`}><Hostile text={text(one.title)} /></Link>{" "}
            <StoryState state={one.state} /> {one.reason && <span className="soft">{list[one.reason]}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Evidence({ story, whole, open }: { story: Story; whole: boolean; open(number: number): void }) {
  return (
    <div className={classes.evidence}>
      <Phases story={story} />
      {whole && <Timeline story={story} />}
      <Findings story={story} whole={whole} open={open} />
      <History story={story} />
      {(whole || story.similar.length > 0) && <Similar story={story} />}
    </div>
  );
}
