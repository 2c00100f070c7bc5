// Whether one record is as it was received: computed anew by the server, in a word, and as a file for whoever must check it.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { call, type Schemas } from "../api/client";
import { useExpert } from "../app/preferences";
import { useMay } from "../app/session";
import { useText2, useWords, words } from "../words/words";
import { Glossed } from "./Glossary";
import { Hostile } from "./Hostile";
import { Light, type LightState } from "./Light";
import { Moment } from "./Moment";
import { Failure } from "./Notice";
import classes from "./RecordDrawer.module.css";

const table = words({
  ja: {
    title: "証拠",
    asking: "確かめています…",
    proven: "改ざんなし",
    waiting: "まだ封印していません",
    broken: "異常があります",
    cannot: "証拠を示せません",
    due: "証拠がつく時刻の目安:",
    signed: "署名した時刻:",
    file: "証拠のファイルを受け取る",
    fileHelp: "受け取った人は、akashi-verify だけで確かめられます。",
    segment: "保存ファイル",
    leaf: "葉",
    leafAt: "葉の位置",
    checkpoint: "署名の番号",
    treeSize: "木の大きさ",
    root: "根のハッシュ",
    key: "公開鍵",
  },
  en: {
    title: "Proof",
    asking: "Being checked…",
    proven: "Unaltered",
    waiting: "Not sealed yet",
    broken: "Something is wrong",
    cannot: "The proof cannot be shown",
    due: "The proof is expected by:",
    signed: "Signed:",
    file: "Download the proof",
    fileHelp: "Whoever receives it can check it with akashi-verify alone.",
    segment: "Segment",
    leaf: "Leaf",
    leafAt: "Place of the leaf",
    checkpoint: "Checkpoint",
    treeSize: "Size of the tree",
    root: "Root hash",
    key: "Public key",
  },
});

type Proof = Schemas["RecordProof"];

function Facts({ proof }: { proof: Proof }) {
  const say = useWords(table);
  const facts: [string, string | number | undefined][] = [
    [say.segment, proof.segment],
    [say.leafAt, proof.leaf_index === undefined ? undefined : `${proof.leaf_index + 1} / ${proof.segment_rows ?? "?"}`],
    [say.leaf, proof.leaf],
    [say.checkpoint, proof.checkpoint],
    [say.treeSize, proof.tree_size],
    [say.root, proof.root],
    [say.key, proof.public_key],
  ];
  return (
    <dl className={`${classes.fields} mono`}>
      {facts.map(([name, value]) => value !== undefined && (
        <div key={name}><dt>{name}</dt><dd><Hostile text={String(value)} /></dd></div>
      ))}
    </dl>
  );
}

function State({ proof }: { proof: Proof }) {
  const say = useWords(table);
  const text = useText2();
  const states: Record<Proof["state"], [LightState, string]> = {
    waiting: ["unknown", say.waiting],
    unsigned: ["unknown", say.waiting],
    // what was not verified is nothing to lean on, whatever it calls itself
    proven: proof.verified ? ["good", say.proven] : ["act", say.broken],
    broken: ["act", say.broken],
  };
  const [light, word] = states[proof.state];
  return (
    <>
      <p><Light state={light} word={word} size={18} /></p>
      <p><Glossed text={text(proof.words)} /></p>
      {proof.due && <p className="soft">{say.due} <Moment at={proof.due} /></p>}
      {proof.signed && <p className="soft">{say.signed} <Moment at={proof.signed} /></p>}
    </>
  );
}

export function RecordProof({ number }: { number: number }) {
  const say = useWords(table);
  const expert = useExpert();
  const mayExport = useMay("export");
  const found = useQuery({
    queryKey: ["record", number, "proof"],
    queryFn: ({ signal }) => call("get", "/api/v1/records/{number}/proof", { parts: { number }, signal }),
  });
  const proof = found.data;
  return (
    <section aria-label={say.title}>
      <h3>{say.title}</h3>
      <div role="status">
        {found.isPending && <p className="soft">{say.asking}</p>}
        {found.error && <p><Light state="unknown" word={say.cannot} size={18} /></p>}
        {proof && <State proof={proof} />}
      </div>
      {found.error && <Failure error={found.error} again={() => void found.refetch()} />}
      {proof?.file && mayExport && (
        <p>
          <Button component="a" variant="default" href={`/api/v1/records/${number}/proof/file`} download>{say.file}</Button>{" "}
          <span className="soft">{say.fileHelp}</span>
        </p>
      )}
      {expert && proof?.leaf && <Facts proof={proof} />}
    </section>
  );
}
