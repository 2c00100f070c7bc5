// Stories that need somebody, most urgent first.
import { Button, Select, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { call, type Schemas } from "../../api/client";
import { useKeys } from "../../app/keys";
import { useExpert } from "../../app/preferences";
import { useMay, useSession } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Empty, Failure } from "../../components/Notice";
import { useLevelWord } from "../../components/Severity";
import { useUrlState } from "../../components/urlState";
import { useWords } from "../../words/words";
import { ActOutcome } from "./ActBar";
import { alertWords } from "./alertWords";
import { BulkBar } from "./BulkBar";
import { StoryCards } from "./StoryCards";
import { StoryTable } from "./StoryTable";
import { useStoryActs } from "./storyActs";
import classes from "./Alerts.module.css";

export type StoryHead = Schemas["StoryHead"];
type Level = Schemas["Level"];

const ASKED_AGAIN_MS = 10_000;
const LEVELS: Level[] = ["critical", "high", "medium", "low"];
const GROUPS = ["user", "host", "address"] as const;

function Filters() {
  const say = useWords(alertWords);
  const level = useLevelWord();
  const expert = useExpert();
  const [least, setLeast] = useUrlState("least");
  const [closed, setClosed] = useUrlState("closed");
  const [group, setGroup] = useUrlState("group");
  return (
    <div className={classes.filters} role="group" aria-label={say.filter}>
      <Select
        label={say.least}
        allowDeselect={false}
        value={least}
        data={[{ value: "", label: say.anyLevel }, ...LEVELS.map((one) => ({ value: one, label: say.orWorse(level(one)) }))]}
        onChange={(value) => setLeast(value ?? "")}
      />
      {expert && (
        <Select
          label={say.group}
          allowDeselect={false}
          value={group}
          data={[
            { value: "", label: say.groupNone },
            { value: "user", label: say.groupUser },
            { value: "host", label: say.groupHost },
            { value: "address", label: say.groupAddress },
          ]}
          onChange={(value) => setGroup(value ?? "")}
        />
      )}
      <Switch label={say.closed} checked={closed === "true"} onChange={(event) => setClosed(event.currentTarget.checked ? "true" : "")} />
    </div>
  );
}

function Nothing() {
  const say = useWords(alertWords);
  const [least, setLeast] = useUrlState("least");
  const [, setClosed] = useUrlState("closed");
  if (least) {
    return (
      <Empty title={say.hidden}>
        <p>{say.hiddenHelp}</p>
        <Button variant="default" onClick={() => setLeast("")}>{say.showAll}</Button>
      </Empty>
    );
  }
  return (
    <Empty title={`✔ ${say.none}`}>
      <p>{say.noneHelp}</p>
      <Button variant="default" onClick={() => setClosed("true")}>{say.seeClosed}</Button>
    </Empty>
  );
}

/** Groups in the order of their most urgent story. */
function grouped(stories: StoryHead[], by: string, unknown: string): [string, StoryHead[]][] {
  const field = GROUPS.find((one) => one === by);
  if (!field) return [["", stories]];
  const groups = new Map<string, StoryHead[]>();
  for (const story of stories) {
    const name = story[field] || unknown;
    groups.set(name, [...(groups.get(name) ?? []), story]);
  }
  return [...groups];
}

export default function Alerts() {
  const say = useWords(alertWords);
  const expert = useExpert();
  const mayAct = useMay("act");
  const { zone } = useSession();
  const [, go] = useLocation();
  const [least] = useUrlState("least");
  const [closed] = useUrlState("closed");
  const [group] = useUrlState("group");
  const [at, setAt] = useState(-1);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const acts = useStoryActs();
  const found = useQuery({
    queryKey: ["stories", least, closed],
    queryFn: () => call("get", "/api/v1/stories", { parameters: { least, closed: closed === "true" || undefined } }),
    refetchInterval: ASKED_AGAIN_MS,
  });
  const groups = useMemo(() => grouped(found.data?.stories ?? [], expert ? group : "", say.unknown), [found.data, expert, group, say]);
  const stories = groups.flatMap(([, list]) => list);
  const here = stories[at];
  const picked = stories.filter((story) => chosen.has(story.id)).map((story) => story.id);

  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const move = (by: number) => {
    const next = Math.min(stories.length - 1, Math.max(0, at + by));
    setAt(next);
    const story = stories[next];
    if (story) document.getElementById(`story-${story.id}`)?.focus();
  };
  const seen = (ids: number[]) => {
    if (!mayAct) return;
    setChosen(new Set());
    void acts.run(ids, "seen");
  };
  useKeys([
    { key: "j", label: say.keyNext, act: () => move(1) },
    { key: "k", label: say.keyPrevious, act: () => move(-1) },
    { key: "Enter", label: say.keyOpen, act: () => here && go(`/alerts/${here.id}`) },
    { key: "a", label: say.keySeen, act: () => seen(picked.length > 0 ? picked : here ? [here.id] : []) },
    { key: "x", label: say.keySelect, act: () => here && toggle(here.id) },
    { key: "u", label: say.keyUndo, act: acts.undo },
  ]);

  const list = { chosen, toggle, seen, mayAct };
  return (
    <div className={classes.alerts}>
      <div className={classes.head}>
        <h1>{say.title}</h1>
        {zone && <span className="soft">{say.zone(zone)}</span>}
      </div>
      <p className={`${classes.help} soft`}>{say.help}</p>
      <Filters />
      <ActOutcome acts={acts} />
      {mayAct && picked.length > 0 && <BulkBar acts={acts} picked={picked} clear={() => setChosen(new Set())} />}
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && stories.length === 0 && <Nothing />}
      {stories.length > 0 &&
        groups.map(([name, some]) => (
          <section key={name} aria-label={name || say.title}>
            {name && <h2 className={classes.group}><Hostile text={name} /> <span className="soft">({some.length})</span></h2>}
            {expert ? <StoryTable {...list} stories={some} all={(ids) => setChosen(new Set(ids))} /> : <StoryCards {...list} stories={some} />}
          </section>
        ))}
      {found.data?.more && <p className="soft">{say.more}</p>}
    </div>
  );
}
