// A card a pack: what it finds, what it needs, on or off.
import { Button, Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { call, urlOf, type Schemas } from "../../api/client";
import { useExpert } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Glossed } from "../../components/Glossary";
import { Hostile } from "../../components/Hostile";
import { Light } from "../../components/Light";
import { Empty, Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { packWords } from "./packWords";
import classes from "./Packs.module.css";

type Pack = Schemas["Pack"];

function Needs({ pack }: { pack: Pack }) {
  const say = useWords(packWords);
  const text = useText2();
  return (
    <>
      <h3>{say.needs}</h3>
      <ul className={classes.needs}>
        {pack.needs.map((need) => (
          <li key={need.dataset}>
            <Light state={need.sending ? "good" : "unknown"} word={need.sending ? say.sending : say.notSending} size={16} hidden />
            <Hostile text={need.title ? text(need.title) : need.dataset} />
            {!need.sending && <span className="soft">{say.notSending}</span>}
          </li>
        ))}
      </ul>
      {pack.needs.length > 0 && !pack.needs.some((need) => need.sending) && (
        <p><Link href="/sources/add">{say.addSource}</Link></p>
      )}
    </>
  );
}

function Card({ pack }: { pack: Pack }) {
  const say = useWords(packWords);
  const text = useText2();
  const expert = useExpert();
  const configures = useMay("configure");
  const { count } = useNumbers();
  const cache = useQueryClient();
  const { busy, failure, act } = useAct();
  const turn = (on: boolean) =>
    void act(async () => {
      await call("patch", "/api/v1/packs/{name}", { parts: { name: pack.name }, body: { on } });
      await cache.invalidateQueries({ queryKey: ["packs"] });
      await cache.invalidateQueries({ queryKey: ["rules"] });
    });
  return (
    <li className={`sheet ${classes.card} ${pack.on ? classes.on : ""}`}>
      <div className={classes.cardHead}>
        <h2><Hostile text={text(pack.title)} /></h2>
        {configures ? (
          <Switch
            size="md"
            checked={pack.on}
            disabled={busy}
            aria-label={say.switch(text(pack.title))}
            label={pack.on ? say.on : say.off}
            labelPosition="left"
            onChange={(event) => turn(event.currentTarget.checked)}
          />
        ) : (
          <Light state={pack.on ? "good" : "unknown"} word={pack.on ? say.on : say.off} size={16} />
        )}
      </div>
      {failure !== undefined && <Failure error={failure} />}
      <p><Hostile text={text(pack.finds)} /></p>
      <Needs pack={pack} />
      <p className={`${classes.foot} soft`}>
        <span>{say.ruleCount(count(pack.rules))}</span>
        {pack.hits !== undefined && <span>{say.hits(count(pack.hits))}</span>}
        {(pack.broken ?? 0) > 0 && <Light state="look" word={say.broken(count(pack.broken ?? 0))} size={16} />}
        {expert && pack.version && <span>{say.version(pack.version)}</span>}
        <Button component={Link} href={urlOf("/packs", { part: "rules", pack: pack.name })} variant="subtle" size="compact-md" aria-label={`${say.seeRules}: ${text(pack.title)}`}>
          {say.seeRules}
        </Button>
      </p>
    </li>
  );
}

export function PackCards() {
  const say = useWords(packWords);
  const found = useQuery({ queryKey: ["packs"], queryFn: () => call("get", "/api/v1/packs") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return null;
  if (found.data.packs.length === 0) return <Empty title={say.noPack}><p>{say.noPackHelp}</p></Empty>;
  return (
    <>
      <p className="soft"><Glossed text={say.help} /></p>
      <ul className={classes.cards}>
        {found.data.packs.map((pack) => (
          <Card key={pack.name} pack={pack} />
        ))}
      </ul>
    </>
  );
}
