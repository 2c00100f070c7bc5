// That the logs are there, unchanged and saved twice: for oneself in a word, for an auditor as a proof.
import { Button, Progress } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { call, urlOf, type Schemas } from "../../api/client";
import { useExpert } from "../../app/preferences";
import { useMay, useSession } from "../../app/session";
import { Glossed } from "../../components/Glossary";
import { Hostile } from "../../components/Hostile";
import { Moment } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { Stat, Stats } from "../../components/Stat";
import { useStanding } from "../../components/stateWords";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { keepWords } from "./keepWords";
import { Chain, Outsider } from "./Proof";
import classes from "./Keep.module.css";

export type KeepState = Schemas["Keep"];

const ASKED_AGAIN_MS = 30_000;
/** while something is going on */
const WATCHED_MS = 2_000;

function Figures({ keep }: { keep: KeepState }) {
  const say = useWords(keepWords);
  const text = useText2();
  const { count, bytes, days, about } = useNumbers();
  const standing = useStanding();
  const verified = standing.verified(keep.verified);
  const backup = standing.backup(keep.backup);
  const times = keep.disk_bytes > 0 ? keep.raw_bytes / keep.disk_bytes : 0;
  return (
    <Stats>
      <Stat label={say.proof} value={verified.word} light={verified.light} note={<>{keep.verified.at && <Moment at={keep.verified.at} seconds={false} />} <Hostile text={text(keep.verified.words)} /></>} />
      <Stat
        label={say.kept}
        value={days(keep.kept_days)}
        note={
          <>
            {keep.retention_days === undefined ? "" : keep.retention_days === 0 ? say.forEver : say.retention(days(keep.retention_days))}
            {keep.oldest && <div>{say.keptFrom} <Moment at={keep.oldest} seconds={false} /></div>}
          </>
        }
      />
      <Stat
        label={say.backup}
        value={backup.word}
        light={backup.light}
        note={
          <>
            {keep.backup.at && <Moment at={keep.backup.at} seconds={false} />}
            {keep.backup.generations !== undefined && <div>{say.generations(count(keep.backup.generations))}</div>}
            {keep.backup.words && <div><Hostile text={text(keep.backup.words)} /></div>}
          </>
        }
      />
      <Stat label={say.room} value={bytes(keep.free_bytes)} note={keep.full_in_days === undefined ? say.fullUnknown : say.fullIn(days(keep.full_in_days))} />
      <Stat label={say.rows} value={count(keep.rows)} unit={say.rowsUnit} note={times >= 1.1 ? say.shrunk(bytes(keep.raw_bytes), about(times)) : undefined} />
    </Stats>
  );
}

function Disk({ keep }: { keep: KeepState }) {
  const say = useWords(keepWords);
  const { bytes } = useNumbers();
  const whole = Math.max(1, keep.disk_bytes + keep.free_bytes);
  return (
    <section className="sheet" aria-label={say.disk}>
      <h2>{say.disk}</h2>
      <Progress value={(keep.disk_bytes / whole) * 100} size="lg" aria-label={`${say.used(bytes(keep.disk_bytes))}, ${say.free(bytes(keep.free_bytes))}`} />
      <p className={classes.ends}>
        <span>■ {say.used(bytes(keep.disk_bytes))}</span> <span className="soft">□ {say.free(bytes(keep.free_bytes))}</span>
      </p>
    </section>
  );
}

function Acts({ keep }: { keep: KeepState }) {
  const say = useWords(keepWords);
  const proves = useMay("prove");
  const configures = useMay("configure");
  const cache = useQueryClient();
  const { busy, failure, act } = useAct();
  const [told, setTold] = useState("");
  const begin = (path: "/api/v1/keep/verify" | "/api/v1/keep/backup", words: string) =>
    void act(async () => {
      await call("post", path);
      setTold(words);
      await cache.invalidateQueries({ queryKey: ["keep"] });
    });
  const verifying = keep.verified.state === "running";
  const backing = keep.backup.state === "running";
  if (!proves && !configures) return null;
  return (
    <section className={`sheet ${classes.acts}`}>
      {failure !== undefined && <Failure error={failure} />}
      {verifying && <Progress value={keep.verified.percent ?? 0} animated size="lg" aria-label={say.progress} />}
      {proves && (
        <div className={classes.act}>
          <Button loading={busy} disabled={verifying} onClick={() => begin("/api/v1/keep/verify", say.verifyBegun)}>{say.verify}</Button>
          <span className="soft"><Glossed text={say.verifyHelp} /></span>
        </div>
      )}
      {configures && (
        <div className={classes.act}>
          {keep.backup.state === "not_set" ? (
            <Button component={Link} variant="default" href={urlOf("/admin/settings", { text: "backup." })}>{say.backUpSet}</Button>
          ) : (
            <Button variant="default" loading={busy} disabled={backing} onClick={() => begin("/api/v1/keep/backup", say.backUpBegun)}>{say.backUp}</Button>
          )}
          <span className="soft">{say.backUpHelp}</span>
        </div>
      )}
      <p role="status" className={classes.told}>{told}</p>
    </section>
  );
}

export default function Keep() {
  const say = useWords(keepWords);
  const expert = useExpert();
  const { zone } = useSession();
  const found = useQuery({
    queryKey: ["keep"],
    queryFn: () => call("get", "/api/v1/keep"),
    refetchInterval: (query) => {
      const now = query.state.data;
      return now?.verified.state === "running" || now?.backup.state === "running" ? WATCHED_MS : ASKED_AGAIN_MS;
    },
  });
  const keep = found.data;
  return (
    <div className={classes.keep}>
      <div className={classes.head}>
        <h1>{say.title}</h1>
        {zone && <span className="soft">{say.zone(zone)}</span>}
      </div>
      <p className="soft"><Glossed text={say.help} /></p>
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {keep && (
        <>
          <Figures keep={keep} />
          <Acts keep={keep} />
          <Disk keep={keep} />
          <Outsider keep={keep} />
          {expert && <Chain keep={keep} />}
        </>
      )}
    </div>
  );
}
