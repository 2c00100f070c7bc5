// All rules: whether each can fire on what arrives, how often it did, what it costs.
import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { call, type Schemas } from "../../api/client";
import { useExpert } from "../../app/preferences";
import { Hostile } from "../../components/Hostile";
import { Light, type LightState } from "../../components/Light";
import { ListTable, type Column } from "../../components/ListTable";
import { Empty, Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { Severity, type Level } from "../../components/Severity";
import { useUrlState } from "../../components/urlState";
import { useText2, useWords } from "../../words/words";
import { packWords } from "./packWords";
import classes from "./Packs.module.css";

type RuleHead = Schemas["RuleHead"];

const WEIGHT: Record<Level, number> = { informational: 0, low: 1, medium: 2, high: 3, critical: 4 };
const LIGHTS: Record<RuleHead["state"], LightState> = { ready: "good", cannot_fire: "unknown", rejected: "act", quarantined: "look", off: "unknown" };
const TYPED_MS = 300;

export function RuleState({ head }: { head: RuleHead }) {
  const say = useWords(packWords);
  const text = useText2();
  const word = head.state === "off" ? say.stateOff : say[head.state];
  return (
    <>
      <Light state={LIGHTS[head.state]} word={word} size={16} />
      {head.why && <div className="soft"><Hostile text={text(head.why)} /></div>}
    </>
  );
}

function Filters({ text, setText }: { text: string; setText(text: string): void }) {
  const say = useWords(packWords);
  const said = useText2();
  const [pack, setPack] = useUrlState("pack");
  const packs = useQuery({ queryKey: ["packs"], queryFn: () => call("get", "/api/v1/packs") });
  return (
    <div className={classes.filters}>
      <TextInput label={say.search} value={text} maxLength={128} onChange={(event) => setText(event.currentTarget.value)} />
      <Select
        label={say.pack}
        allowDeselect={false}
        value={pack}
        data={[{ value: "", label: say.allPacks }, ...(packs.data?.packs ?? []).map((one) => ({ value: one.name, label: said(one.title) }))]}
        onChange={(next) => setPack(next ?? "")}
      />
    </div>
  );
}

export function RuleList() {
  const say = useWords(packWords);
  const said = useText2();
  const expert = useExpert();
  const { count } = useNumbers();
  const [kept, keep] = useUrlState("text");
  const [text, setText] = useState(kept);
  const [settled] = useDebouncedValue(text, TYPED_MS);
  const [pack, setPack] = useUrlState("pack");
  useEffect(() => keep(settled), [settled, keep]);
  const found = useQuery({
    queryKey: ["rules", pack, settled],
    queryFn: () => call("get", "/api/v1/rules", { parameters: { pack, text: settled.trim() } }),
    placeholderData: keepPreviousData,
  });
  const rules = found.data?.rules ?? [];
  const columns: Column<RuleHead>[] = [
    { key: "level", title: say.level, by: (one) => -WEIGHT[one.level], cell: (one) => <Severity level={one.level} /> },
    {
      key: "name",
      title: say.name,
      by: (one) => said(one.title),
      cell: (one) => (
        <>
          <Link href={`/packs/rules/${encodeURIComponent(one.id)}`}><Hostile text={said(one.title)} /></Link>
          {one.own && <span className={classes.own}>{say.own}</span>}
          {expert && one.correlation && <span className={classes.own}>{say.correlation}</span>}
        </>
      ),
    },
    { key: "state", title: say.state, by: (one) => one.state, cell: (one) => <RuleState head={one} /> },
    { key: "hits", title: say.hitCount, number: true, by: (one) => one.hits ?? 0, cell: (one) => count(one.hits ?? 0) },
  ];
  if (expert) {
    columns.push(
      { key: "cost", title: say.cost, number: true, by: (one) => one.cost_nanoseconds ?? 0, cell: (one) => one.cost_nanoseconds !== undefined && `${count(one.cost_nanoseconds)} ns` },
      { key: "tags", title: say.tags, cell: (one) => <span className="soft"><Hostile text={(one.tags ?? []).join(" ")} /></span> },
    );
  }
  return (
    <div className={classes.part}>
      <Filters text={text} setText={setText} />
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && rules.length === 0 && (
        <Empty title={say.noRule}>
          <p>{say.noRuleHelp}</p>
          <Button variant="default" onClick={() => { setText(""); setPack(""); }}>{say.clear}</Button>
        </Empty>
      )}
      {rules.length > 0 && <ListTable label={say.rules} columns={columns} rows={rules} keyOf={(one) => one.id} />}
      {found.data?.more && <p className="soft">{say.moreRules}</p>}
    </div>
  );
}
