// What an auditor is handed, and for those who want to see it the chain itself.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import { CopyText } from "../../components/CopyText";
import { Glossed } from "../../components/Glossary";
import { Hostile } from "../../components/Hostile";
import { ListTable } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { Stat, Stats } from "../../components/Stat";
import { useWords } from "../../words/words";
import type { KeepState } from "./Keep";
import { keepWords } from "./keepWords";
import classes from "./Keep.module.css";

const fileOf = (text: string) => `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;

export function Outsider({ keep }: { keep: KeepState }) {
  const say = useWords(keepWords);
  return (
    <section className={`sheet ${classes.outsider}`} aria-label={say.outsider}>
      <h2>{say.outsider}</h2>
      <p><Glossed text={say.outsiderHelp} /></p>
      <CopyText label={say.outsider} text={say.outsiderCommand(say.storeFolder)} />
      {keep.public_key && (
        <>
          <h3>{say.publicKey}</h3>
          <CopyText label={say.publicKey} text={keep.public_key} />
          <p><Button component="a" variant="default" href={fileOf(`${keep.public_key}\n`)} download="first.pub">{say.publicKeyFile}</Button></p>
        </>
      )}
      <h3><Glossed text={say.head} /></h3>
      <p className="soft">{say.headHelp}</p>
      <dl className={classes.facts}>
        <div><dt>{say.number}</dt><dd>{keep.checkpoint.number}</dd></div>
        <div><dt>{say.at}</dt><dd><Moment at={keep.checkpoint.at} /></dd></div>
        {keep.checkpoint.root && <div><dt><Glossed text={say.root} /></dt><dd className="mono"><Hostile text={keep.checkpoint.root} /></dd></div>}
      </dl>
      {keep.checkpoint.note && <CopyText label={say.note} text={keep.checkpoint.note} />}
    </section>
  );
}

function Checkpoints() {
  const say = useWords(keepWords);
  const { count } = useNumbers();
  const found = useQuery({ queryKey: ["checkpoints"], queryFn: () => call("get", "/api/v1/keep/checkpoints") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return null;
  if (found.data.checkpoints.length === 0) return <p>{say.noCheckpoint}</p>;
  return (
    <ListTable
      label={say.checkpoints}
      rows={found.data.checkpoints}
      keyOf={(one) => one.number}
      columns={[
        { key: "number", title: say.number, number: true, by: (one) => one.number, cell: (one) => one.number },
        { key: "at", title: say.at, cell: (one) => <Moment at={one.at} /> },
        { key: "size", title: say.size, number: true, cell: (one) => one.size !== undefined && count(one.size) },
        { key: "root", title: say.root, cell: (one) => <span className="mono"><Hostile text={one.root ?? ""} /></span> },
      ]}
    />
  );
}

export function Chain({ keep }: { keep: KeepState }) {
  const say = useWords(keepWords);
  const { count } = useNumbers();
  return (
    <section aria-label={say.inside}>
      <h2>{say.inside}</h2>
      <Stats>
        <Stat label={say.segments} value={count(keep.segments)} />
        <Stat label={say.unsealed} value={count(keep.unsealed_rows ?? 0)} />
        <Stat label={say.holds} value={count(keep.holds?.length ?? 0)} note={keep.holds && keep.holds.length > 0 ? <Hostile text={keep.holds.join(", ")} /> : say.noHolds} />
      </Stats>
      <h2 className={classes.later}>{say.checkpoints}</h2>
      <Checkpoints />
    </section>
  );
}
