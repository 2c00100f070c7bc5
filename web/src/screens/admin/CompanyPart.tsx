// What Akashi cannot know by itself: one text, checked as a whole, and what was read out of it.
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ApiError, call, type Schemas } from "../../api/client";
import { useLanguage } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Failure } from "../../components/Notice";
import { YamlEditor } from "../../components/YamlEditor";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { adminWords } from "./adminWords";
import classes from "./Admin.module.css";

type Company = Schemas["Company"];

function Known({ company }: { company: Company }) {
  const say = useWords(adminWords);
  const text = useText2();
  const call = company.call ?? [];
  return (
    <div className={classes.known}>
      <section className="sheet" aria-label={say.call}>
        <h2>☎ {say.call}</h2>
        {call.length === 0 && <p className="soft">{say.noCall}</p>}
        <ul className={classes.plain}>
          {call.map((one, at) => <li key={at}><Hostile text={one.name} />　<strong><Hostile text={one.number} /></strong></li>)}
        </ul>
      </section>
      {company.sites && company.sites.length > 0 && (
        <section className="sheet" aria-label={say.siteList}>
          <h2>{say.siteList}</h2>
          <p><Hostile text={company.sites.join(" / ")} /></p>
        </section>
      )}
      <section className="sheet" aria-label={say.calendar}>
        <h2>{say.calendar}</h2>
        {company.calendar.length === 0 && <p className="soft">{say.noCalendar}</p>}
        <ul className={`${classes.plain} ${classes.days}`} tabIndex={0} aria-label={say.calendar}>
          {company.calendar.map((one) => <li key={one.day}><span className="mono">{one.day}</span> <Hostile text={text(one.name)} /></li>)}
        </ul>
      </section>
    </div>
  );
}

function Editing({ company }: { company: Company }) {
  const say = useWords(adminWords);
  const language = useLanguage();
  const configures = useMay("configure");
  const cache = useQueryClient();
  const { busy, failure, act } = useAct();
  const [yaml, setYaml] = useState(company.yaml);
  const [saved, setSaved] = useState(false);
  const placed = failure instanceof ApiError && failure.words.line !== undefined ? failure.words : undefined;
  const marks = useMemo(() => (placed ? [{ words: placed[language], serious: true, line: placed.line, column: placed.column }] : []), [placed, language]);
  const change = (text: string) => {
    setSaved(false);
    setYaml(text);
  };
  const save = () =>
    void act(async () => {
      await call("put", "/api/v1/company", { body: { yaml } });
      await cache.invalidateQueries({ queryKey: ["company"] });
      setSaved(true);
    });
  return (
    <div className={classes.editing}>
      <YamlEditor label={say.companyText} value={yaml} onChange={configures ? change : undefined} marks={marks} />
      {failure !== undefined && !placed && <Failure error={failure} />}
      {configures && (
        <div className={classes.buttons}>
          <Button loading={busy} disabled={yaml === company.yaml} onClick={save}>{say.save}</Button>
          {saved && <span role="status">✔ {say.savedRestart}</span>}
        </div>
      )}
    </div>
  );
}

export default function CompanyPart() {
  const say = useWords(adminWords);
  const found = useQuery({ queryKey: ["company"], queryFn: () => call("get", "/api/v1/company"), staleTime: Infinity });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  return (
    <>
      <p className="soft">{say.companyHelp}</p>
      {found.data && (
        <div className={classes.company}>
          <Editing company={found.data} />
          <Known company={found.data} />
        </div>
      )}
    </>
  );
}
