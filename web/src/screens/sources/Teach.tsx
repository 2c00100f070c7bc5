// Unknown logs: pasted, a time chosen, the table looked at, saved as a definition of the company's own.
import { Button, Table, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, type Schemas } from "../../api/client";
import { useExpert, useLanguage } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Moment } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { useServerWords } from "../../components/ServerWords";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { addWords } from "./addWords";
import { definitionNamed } from "./definitionText";
import classes from "./Sources.module.css";

type Guess = Schemas["Guess"];

const SAMPLE_CHARACTERS_MAX = 524_288;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const PREVIEW_FIELDS_MAX = 8;
/** what the server calls its own rules, which are no definition */
const BUILT_IN = "built-in";

/** Lines that the screen of a source put aside for here. */
function putAside(): string {
  const kept = sessionStorage.getItem("akashi.sample") ?? "";
  sessionStorage.removeItem("akashi.sample");
  return kept;
}

function Preview({ guess }: { guess: Guess }) {
  const say = useWords(addWords);
  const language = useLanguage();
  const server = useServerWords();
  const number = (value: number) => value.toLocaleString(language);
  const found = guess.columns.length > 0 ? guess.columns.map((column) => column.name) : guess.rows.flatMap((row) => Object.keys(row.fields));
  const names = [...new Set(found)].slice(0, PREVIEW_FIELDS_MAX);
  const labels = new Map(guess.columns.map((column) => [column.name, column[language]]));
  // a column without a name of its own is called by its place
  const label = (name: string) => (/^c\d+$/.test(labels.get(name) ?? name) ? say.column(name.slice(1)) : (labels.get(name) ?? server.field(name)));
  // a sentence that only repeats the line says nothing
  const told = guess.rows.some((row) => row.action !== "OTHER");
  return (
    <section aria-label={say.preview}>
      <h3>{say.preview}</h3>
      <p role="status">
        {guess.unread === 0 ? "✔ " : "▲ "}{say.readLines(number(guess.lines - guess.unread), number(guess.lines))}
        {guess.more && <span className="soft"> {say.moreLines}</span>}
      </p>
      <div className={classes.table} role="region" aria-label={say.preview} tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{say.when}</Table.Th>
              {told && <Table.Th>{say.what}</Table.Th>}
              {names.map((name) => <Table.Th key={name}><Hostile text={label(name)} /></Table.Th>)}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {guess.rows.map((row, at) => (
              <Table.Tr key={at}>
                <Table.Td><Moment at={row.time} /></Table.Td>
                {told && <Table.Td><Hostile text={row.sentence} /></Table.Td>}
                {names.map((name) => <Table.Td key={name}><Hostile text={row.fields[name] ?? ""} /></Table.Td>)}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

function Times({ guess, choose }: { guess: Guess; choose(format: string): void }) {
  const say = useWords(addWords);
  const times = guess.times ?? [];
  if (times.length === 0) return null;
  return (
    <section aria-label={say.whichTime}>
      <h3>{say.whichTime}</h3>
      <p className="soft">{say.timeHelp}</p>
      <div className={classes.times} role="group" aria-label={say.whichTime}>
        {times.map((time) => (
          <Button key={`${time.from} ${time.format}`} variant={time.chosen ? "filled" : "default"} aria-pressed={time.chosen ?? false} onClick={() => choose(time.format)}>
            <Hostile text={time.text} />
          </Button>
        ))}
      </div>
    </section>
  );
}

function Save({ yaml, setYaml, reread }: { yaml: string; setYaml(yaml: string): void; reread(): void }) {
  const say = useWords(addWords);
  const expert = useExpert();
  const mayConfigure = useMay("configure");
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [saved, setSaved] = useState("");
  const { busy, failure, act } = useAct();
  const plain = name.normalize("NFKC").trim().toLowerCase();
  const wrong = name !== "" && !NAME.test(plain);
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!NAME.test(plain)) return;
    void act(async () => {
      // the file says the same name as its address
      const body = { yaml: definitionNamed(yaml, plain) };
      await call("put", "/api/v1/definitions/{name}", { parts: { name: plain }, body });
      await cache.invalidateQueries({ queryKey: ["definitions"] });
      setSaved(plain);
    });
  };
  return (
    <form onSubmit={save} className={classes.steps}>
      {(expert || !mayConfigure) && (
        <>
          <Textarea label={say.definition} classNames={{ input: "mono" }} autosize minRows={8} maxRows={24} spellCheck={false} value={yaml} onChange={(event) => setYaml(event.currentTarget.value)} />
          <div><Button variant="default" onClick={reread}>{say.again}</Button></div>
        </>
      )}
      {failure !== undefined && <Failure error={failure} />}
      {mayConfigure ? (
        <>
          <TextInput label={say.name} required maxLength={64} error={wrong ? say.nameWrong : undefined} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <div><Button type="submit" loading={busy}>{say.save}</Button></div>
        </>
      ) : (
        <p>{say.mayNot}</p>
      )}
      {saved && <p role="status" className={classes.arrived}>✔ {say.saved(saved)}</p>}
    </form>
  );
}

/** A definition by what people call it. */
function useNamed(): (name: string) => string {
  const text = useText2();
  const definitions = useQuery({ queryKey: ["definitions"], queryFn: () => call("get", "/api/v1/definitions") });
  return (name) => text(definitions.data?.definitions.find((one) => one.name === name)?.title) || name;
}

export function Teach() {
  const say = useWords(addWords);
  const named = useNamed();
  const [sample, setSample] = useState(putAside);
  const [guess, setGuess] = useState<Guess | undefined>();
  const [yaml, setYaml] = useState("");
  const { busy, failure, act } = useAct();
  const read = (more: { time_format?: string; yaml?: string } = {}) =>
    void act(async () => {
      const next = await call("post", "/api/v1/definitions/guess", { body: { sample, ...more } });
      setGuess(next);
      setYaml(next.yaml ?? more.yaml ?? "");
    });
  return (
    <div className={classes.steps}>
      <form
        className={classes.steps}
        onSubmit={(event) => {
          event.preventDefault();
          read();
        }}
      >
        <Textarea label={say.sample} description={say.sampleHelp} classNames={{ input: "mono" }} minRows={5} maxRows={14} autosize required spellCheck={false} maxLength={SAMPLE_CHARACTERS_MAX} value={sample} onChange={(event) => setSample(event.currentTarget.value)} />
        <div><Button type="submit" loading={busy}>{say.read}</Button></div>
      </form>
      {failure !== undefined && <Failure error={failure} />}
      {guess?.known && <p className={classes.arrived} role="status">✔ <Hostile text={guess.known === BUILT_IN ? say.knowsItself : say.knows(named(guess.known))} /></p>}
      {guess && !guess.known && <Times guess={guess} choose={(time_format) => read({ time_format })} />}
      {guess && <Preview guess={guess} />}
      {guess && !guess.known && guess.yaml === undefined && <p role="status">▲ {say.nothingProposed}</p>}
      {guess && !guess.known && yaml !== "" && <Save yaml={yaml} setYaml={setYaml} reread={() => read({ yaml })} />}
    </div>
  );
}
