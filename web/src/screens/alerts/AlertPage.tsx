// 出来事シート: what happened, why it matters, how far it went, what to do now, whom to call; on the screen and on paper.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { call, urlOf, type Schemas } from "../../api/client";
import { useKeys } from "../../app/keys";
import { useExpert, useLanguage } from "../../app/preferences";
import { useSession } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Moment, momentText } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { RecordDrawer } from "../../components/RecordDrawer";
import { Severity } from "../../components/Severity";
import { useUrlState } from "../../components/urlState";
import { useText2, useWords } from "../../words/words";
import { ActOutcome, CloseDialog, NoteDialog } from "./ActBar";
import { alertWords } from "./alertWords";
import { Evidence } from "./Evidence";
import { Call, Facts, FirstSteps, Steps } from "./SheetParts";
import { sheetWords } from "./sheetWords";
import { StoryState } from "./StoryState";
import { useStoryActs, type StoryActs } from "./storyActs";
import classes from "./AlertPage.module.css";

export type Story = Schemas["Story"];

const ASKED_AGAIN_MS = 15_000;

function Head({ story }: { story: Story }) {
  const say = useWords(sheetWords);
  const list = useWords(alertWords);
  const text = useText2();
  const { head } = story;
  return (
    <header className={classes.head}>
      <p className={classes.marks}>
        <Severity level={head.level} size={20} /> <StoryState state={head.state} />
        {head.reason && <span className="soft">{list[head.reason]}</span>}
        <span className="soft">{head.by ? <Hostile text={list.by(head.by)} /> : list.nobody}</span>
        <span className="soft">{say.number(String(head.id))} · {say.made} <Moment at={head.opened} seconds={false} /></span>
      </p>
      <h1><Hostile text={text(head.title)} /></h1>
      <p className={classes.sentence}><Hostile text={text(head.sentence)} /></p>
    </header>
  );
}

function Acts({ story, acts }: { story: Story; acts: StoryActs }) {
  const say = useWords(sheetWords);
  const list = useWords(alertWords);
  const lang = useLanguage();
  const [asking, setAsking] = useState<"none" | "close" | "note">("none");
  const { id, state } = story.head;
  const done = () => setAsking("none");
  const seen = () => void acts.run([id], "seen");
  useKeys([
    { key: "a", label: list.keySeen, act: () => story.may_act && state === "new" && seen() },
    { key: "u", label: list.keyUndo, act: acts.undo },
  ]);
  return (
    <div className={`${classes.acts} no-print`}>
      {story.may_act && state === "new" && <Button size="md" loading={acts.busy} onClick={seen}>{list.seen}</Button>}
      {story.may_act && (state === "new" || state === "seen") && (
        <Button size="md" variant={state === "new" ? "default" : "filled"} onClick={() => void acts.run([id], "started")}>{list.start}</Button>
      )}
      {story.may_act && state !== "closed" && <Button size="md" variant={state === "progress" ? "filled" : "default"} onClick={() => setAsking("close")}>{list.close}…</Button>}
      {story.may_act && <Button size="md" variant="default" onClick={() => setAsking("note")}>{list.note}…</Button>}
      <span className={classes.gap} />
      <Button size="md" variant="default" onClick={() => window.print()}>{say.print}</Button>
      <Button size="md" variant="default" component="a" href={urlOf(`/api/v1/stories/${id}/page`, { lang, format: "pdf" })} download>{say.pdf}</Button>
      {asking === "close" && <CloseDialog acts={acts} ids={[id]} close={done} />}
      {asking === "note" && <NoteDialog acts={acts} ids={[id]} close={done} />}
    </div>
  );
}

/** Only on paper: a place to sign, and where the sheet comes from. */
function PaperFoot() {
  const say = useWords(sheetWords);
  const session = useSession();
  const now = momentText(new Date().toISOString(), session.zone_offset_seconds ?? 0, false);
  return (
    <footer className={classes.paper}>
      <p className={classes.sign}>{say.sign}</p>
      <p>{say.footer}</p>
      <p>{say.printed(`${now} (${session.zone ?? "UTC"})`, session.user ?? "")}</p>
    </footer>
  );
}

export default function AlertPage() {
  const say = useWords(sheetWords);
  const list = useWords(alertWords);
  const expert = useExpert();
  const { zone } = useSession();
  const { id } = useParams<{ id: string }>();
  const [record, setRecord] = useUrlState("record");
  const acts = useStoryActs();
  const found = useQuery({
    queryKey: ["story", id],
    queryFn: () => call("get", "/api/v1/stories/{id}", { parts: { id } }),
    refetchInterval: ASKED_AGAIN_MS,
  });
  const story = found.data;
  return (
    <article className={classes.page}>
      <p className={`${classes.back} no-print`}>
        <Link href="/alerts">← {say.back}</Link>
        {zone && <span className="soft">{list.zone(zone)}</span>}
      </p>
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {story && (
        <>
          <Head story={story} />
          <Acts story={story} acts={acts} />
          {!story.may_act && <p className="soft no-print">{say.readOnly}</p>}
          <ActOutcome acts={acts} />
          <div className={classes.columns}>
            <div className={classes.left}>
              <Facts story={story} />
              <Steps title={say.why} steps={story.why} />
              <Steps title={say.reach} steps={story.reach} />
            </div>
            <div className={classes.right}>
              <FirstSteps steps={story.first_steps} />
              <Call steps={story.call} />
            </div>
          </div>
          <Evidence story={story} whole={expert} open={(number) => setRecord(String(number))} />
          <PaperFoot />
        </>
      )}
      {/^\d{1,15}$/.test(record) && <RecordDrawer number={Number(record)} close={() => setRecord("")} show={(number) => setRecord(String(number))} />}
    </article>
  );
}
