// One rule: read, checked while it is written, tried on what is stored, saved.
import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { call, urlOf, type Schemas } from "../../api/client";
import { useExpert, useLanguage } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Confirm } from "../../components/Confirm";
import { Hostile } from "../../components/Hostile";
import { Light } from "../../components/Light";
import { Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { Severity } from "../../components/Severity";
import { useUrlState } from "../../components/urlState";
import { YamlEditor, type Mark } from "../../components/YamlEditor";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { RuleState } from "./RuleList";
import { copyOf, firstRule, newId, ruleId } from "./ruleText";
import { RuleTry } from "./RuleTry";
import { ruleWords } from "./ruleWords";
import classes from "./RuleEditor.module.css";

type Rule = Schemas["Rule"];

const TYPED_MS = 500;

/** What the server thinks of the text as it stands. */
function useVerdict(yaml: string, asked: boolean): { marks: Mark[]; verdict: Schemas["RuleVerdict"] | undefined; error: unknown } {
  const language = useLanguage();
  const [settled] = useDebouncedValue(yaml, TYPED_MS);
  const found = useQuery({
    queryKey: ["rule-check", settled],
    queryFn: () => call("post", "/api/v1/rules/check", { body: { yaml: settled } }),
    enabled: asked && settled !== "",
    gcTime: 0,
  });
  const verdict = settled === yaml ? found.data : undefined;
  const marks = useMemo(
    () => (verdict?.complaints ?? []).map((one) => ({ words: one[language], serious: one.serious, line: one.line, column: one.column })),
    [verdict, language],
  );
  return { marks, verdict, error: found.error };
}

function Verdict({ verdict }: { verdict: Schemas["RuleVerdict"] | undefined }) {
  const say = useWords(ruleWords);
  if (!verdict) return <Light state="unknown" word={say.checking} />;
  if (!verdict.ok) return <Light state="act" word={say.bad} />;
  return verdict.can_fire === false ? <Light state="look" word={say.cannotFire} /> : <Light state="good" word={say.good} />;
}

function About({ rule }: { rule: Rule }) {
  const say = useWords(ruleWords);
  const text = useText2();
  const expert = useExpert();
  const { count } = useNumbers();
  const { head } = rule;
  return (
    <section className={`sheet ${classes.about}`}>
      <p className={classes.marks}>
        <Severity level={head.level} /> <span><RuleState head={head} /></span>
        {head.hits !== undefined && <span className="soft">{say.hits} {count(head.hits)}</span>}
        {expert && head.cost_nanoseconds !== undefined && <span className="soft">{say.cost} {count(head.cost_nanoseconds)} ns</span>}
        {expert && head.tags && head.tags.length > 0 && <span className="soft">{say.tags} <Hostile text={head.tags.join(" ")} /></span>}
      </p>
      {rule.words?.seen && <p><span className="soft">{say.seen}</span> <Hostile text={text(rule.words.seen)} /></p>}
      {rule.words?.why && <p><span className="soft">{say.why}</span> <Hostile text={text(rule.words.why)} /></p>}
      {rule.words?.harmless && <p><span className="soft">{say.harmless}</span> <Hostile text={text(rule.words.harmless)} /></p>}
      {rule.words?.first && rule.words.first.length > 0 && (
        <>
          <p className="soft">{say.firstSteps}</p>
          <ol>{rule.words.first.map((one, at) => <li key={at}><Hostile text={text(one)} /></li>)}</ol>
        </>
      )}
      {expert && rule.explain && (
        <details>
          <summary>{say.explain}</summary>
          <pre className="mono" tabIndex={0}><Hostile text={rule.explain} /></pre>
        </details>
      )}
    </section>
  );
}

interface EditingGiven {
  rule: Rule | undefined;
  begin: string;
  /** outlives the change of address after a new rule was saved */
  saved: boolean;
  setSaved(saved: boolean): void;
}

function Editing({ rule, begin, saved, setSaved }: EditingGiven) {
  const say = useWords(ruleWords);
  const [, go] = useLocation();
  const cache = useQueryClient();
  const mayCheck = useMay("act");
  const configures = useMay("configure");
  const [yaml, setYaml] = useState(begin);
  const [deleting, setDeleting] = useState(false);
  const { busy, failure, act } = useAct();
  const own = rule === undefined || rule.head.own;
  const writes = configures && own;
  const { marks, verdict, error } = useVerdict(yaml, mayCheck && writes);
  const id = ruleId(yaml);
  const after = async () => {
    await cache.invalidateQueries({ queryKey: ["rules"] });
    await cache.invalidateQueries({ queryKey: ["rule"] });
  };
  const save = () =>
    void act(async () => {
      if (!id) return;
      await call("put", "/api/v1/rules/{id}", { parts: { id }, body: { yaml } });
      await after();
      setSaved(true);
      if (id !== rule?.head.id) go(`/packs/rules/${encodeURIComponent(id)}`, { replace: true });
    });
  const remove = async () => {
    await call("delete", "/api/v1/rules/{id}", { parts: { id: rule?.head.id ?? "" } });
    await after();
    go("/packs?part=rules");
  };
  const change = (text: string) => {
    setSaved(false);
    setYaml(text);
  };
  return (
    <>
      {!own && (
        <p className={classes.note}>
          {say.readOnly}{" "}
          {configures && <Button component={Link} variant="default" href={urlOf("/packs/rules/new", { from: rule.head.id })}>{say.copy}</Button>}
        </p>
      )}
      <YamlEditor label={say.editor} value={yaml} onChange={writes ? change : undefined} marks={marks} />
      {writes && mayCheck && <p className={classes.note} role="status"><Verdict verdict={verdict} /></p>}
      {error !== null && <Failure error={error} />}
      {failure !== undefined && <Failure error={failure} />}
      {writes && !id && <p>{say.noId}</p>}
      {writes && (
        <div className={classes.buttons}>
          <Button loading={busy} disabled={!id || verdict?.ok === false || (rule !== undefined && yaml === rule.yaml)} onClick={save}>{say.save}</Button>
          {rule && <Button variant="default" onClick={() => setDeleting(true)}>{say.delete}…</Button>}
          {saved && <span role="status">✔ {say.saved}</span>}
        </div>
      )}
      {mayCheck && <RuleTry yaml={yaml} />}
      {deleting && (
        <Confirm title={say.deleteTitle} go={say.delete} harmful close={() => setDeleting(false)} act={remove}>
          <p>{say.deleteHelp}</p>
        </Confirm>
      )}
    </>
  );
}

export default function RuleEditor() {
  const say = useWords(ruleWords);
  const text = useText2();
  const { id } = useParams<{ id: string }>();
  const [from] = useUrlState("from");
  const made = useMemo(newId, []);
  const [saved, setSaved] = useState(false);
  const asked = id === "new" ? from : id;
  const found = useQuery({
    queryKey: ["rule", asked],
    queryFn: () => call("get", "/api/v1/rules/{id}", { parts: { id: asked } }),
    enabled: asked !== "",
    staleTime: Infinity,
  });
  const rule = id === "new" ? undefined : found.data;
  const begin = id !== "new" ? found.data?.yaml : from ? found.data && copyOf(found.data.yaml, made) : firstRule(say.title, made);
  return (
    <div className={classes.page}>
      <p className={classes.back}><Link href="/packs?part=rules">← {say.back}</Link></p>
      <h1>{rule ? <Hostile text={text(rule.head.title)} /> : id === "new" ? say.newTitle : ""}</h1>
      {id === "new" && <p className="soft">{say.newHelp}</p>}
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {rule && <About rule={rule} />}
      {begin !== undefined && <Editing key={id} rule={rule} begin={begin} saved={saved} setSaved={setSaved} />}
    </div>
  );
}
