// 機器: who sends, who fell silent, and what could not be read.
import { Button, Drawer, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useSearch } from "wouter";
import { call, urlOf, type Schemas } from "../../api/client";
import { useExpert, useLanguage } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Moment } from "../../components/Moment";
import { Empty, Failure } from "../../components/Notice";
import { condition } from "../../components/query/query";
import { useText2, useWords } from "../../words/words";
import { SetupText } from "./SetupText";
import { SourceState } from "./SourceState";
import { sourceWords } from "./sourceWords";
import classes from "./Sources.module.css";

type Source = Schemas["Source"];
const ASK_AGAIN_MS = 10_000;
/** the columns from here on are figures */
const FIRST_NUMBER = 5;
const order = { silent: 0, new: 1, sending: 2 } as const;

export function useSources(everyMs = ASK_AGAIN_MS) {
  return useQuery({ queryKey: ["sources"], queryFn: () => call("get", "/api/v1/sources"), refetchInterval: everyMs });
}

function Easy({ sources, open }: { sources: Source[]; open(name: string): void }) {
  const say = useWords(sourceWords);
  const text = useText2();
  return (
    <ul className={classes.cards}>
      {sources.map((source) => (
        <li key={source.name} className={classes.card}>
          <SourceState state={source.state} />
          <h2><button type="button" onClick={() => open(source.name)}><Hostile text={source.name} /></button></h2>
          <p>{source.title ? text(source.title) : say.unknownKind}</p>
          <p className="soft">
            {source.silent_since ? <>{say.silentSince} <Moment at={source.silent_since} seconds={false} /></> : source.last && <>{say.last} <Moment at={source.last} seconds={false} /></>}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Expert({ sources, open }: { sources: Source[]; open(name: string): void }) {
  const say = useWords(sourceWords);
  const text = useText2();
  const language = useLanguage();
  const number = (value: number | undefined) => value?.toLocaleString(language, { maximumFractionDigits: 1 }) ?? "";
  const heads = [say.state, say.name, say.kind, say.door, say.last, say.rows, say.perMinute, say.parsed, say.lag, say.drops, say.gaps];
  return (
    <div className={classes.table} role="region" aria-label={say.title} tabIndex={0}>
      <Table stickyHeader highlightOnHover horizontalSpacing={6}>
        <Table.Thead><Table.Tr>{heads.map((name, at) => <Table.Th key={name} className={at >= FIRST_NUMBER ? classes.number : undefined}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {sources.map((source) => (
            <Table.Tr key={source.name}>
              <Table.Td><SourceState state={source.state} /></Table.Td>
              <Table.Td><Button variant="subtle" size="compact-sm" onClick={() => open(source.name)}><Hostile text={source.name} wrap={false} /></Button></Table.Td>
              <Table.Td>{source.title ? text(source.title) : <Hostile text={source.definition ?? ""} />}</Table.Td>
              <Table.Td>{source.door}</Table.Td>
              <Table.Td>{source.last && <Moment at={source.last} />}</Table.Td>
              <Table.Td className={classes.number}>{number(source.rows)}</Table.Td>
              <Table.Td className={classes.number}>{number(source.rows_per_minute)}</Table.Td>
              <Table.Td className={classes.number}>{source.parsed_percent !== undefined && `${number(source.parsed_percent)}%`}</Table.Td>
              <Table.Td className={classes.number}>{source.lag_seconds !== undefined && say.seconds(number(source.lag_seconds))}</Table.Td>
              <Table.Td className={classes.number}>{number(source.drops)}</Table.Td>
              <Table.Td className={classes.number}>{number(source.gaps)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function One({ source, close }: { source: Source; close(): void }) {
  const say = useWords(sourceWords);
  const text = useText2();
  const mayAct = useMay("act");
  const definitions = useQuery({ queryKey: ["definitions"], queryFn: () => call("get", "/api/v1/definitions") });
  const unparsed = useQuery({ queryKey: ["sources", source.name, "unparsed"], queryFn: () => call("get", "/api/v1/sources/{name}/unparsed", { parts: { name: source.name } }) });
  const lines = unparsed.data?.lines ?? [];
  const definition = definitions.data?.definitions.find((one) => one.name === source.definition);
  const teach = () => sessionStorage.setItem("akashi.sample", lines.join("\n"));
  return (
    <Drawer opened onClose={close} position="right" size="40rem" title={<Hostile text={source.name} />} closeButtonProps={{ "aria-label": say.close }}>
      <div className={classes.one}>
        <p><SourceState state={source.state} />　{text(source.title)}</p>
        {source.expected_within_seconds !== undefined && <p className="soft">{say.rhythm((source.expected_within_seconds / 60).toFixed(0))}</p>}
        <Button component={Link} href={urlOf("/search", { q: condition("akashi.source", source.name) })} variant="default">{say.search}</Button>
        <section>
          <h3>{say.unparsedTitle(source.name)}</h3>
          {unparsed.error && <Failure error={unparsed.error} />}
          {unparsed.data && lines.length === 0 && <p>{say.unparsedNone}</p>}
          {lines.length > 0 && (
            <>
              <pre className={`${classes.lines} mono`} tabIndex={0} aria-label={say.unparsed}>{lines.map((line, at) => <div key={at}><Hostile text={line} /></div>)}</pre>
              {mayAct && <Button component={Link} href="/sources/add" onClick={teach}>{say.teach}</Button>}
            </>
          )}
        </section>
        {definition && (
          <section>
            <h3>{say.setup}</h3>
            <SetupText text={text(definition.setup)} />
          </section>
        )}
      </div>
    </Drawer>
  );
}

export default function Sources() {
  const say = useWords(sourceWords);
  const expert = useExpert();
  const mayAct = useMay("act");
  const language = useLanguage();
  const [, go] = useLocation();
  const chosen = new URLSearchParams(useSearch()).get("source");
  const found = useSources();
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return null;
  const sources = [...found.data.sources].sort((a, b) => order[a.state] - order[b.state] || a.name.localeCompare(b.name, language));
  const one = sources.find((source) => source.name === chosen);
  const count = (state: Source["state"][]) => sources.filter((source) => state.includes(source.state)).length.toLocaleString(language);
  const open = (source: string) => go(urlOf("/sources", { source }));
  return (
    <div className={classes.sources}>
      <div className={classes.top}>
        <div>
          <h1>{say.title}</h1>
          {sources.length > 0 && <p className="soft">{say.sum(count(["sending", "new"]), count(["silent"]))}</p>}
        </div>
        {mayAct && <Button component={Link} href="/sources/add">{say.add}</Button>}
      </div>
      {sources.length === 0 ? (
        <Empty title={say.none}>
          <p>{say.noneHelp}</p>
          {mayAct && <Button component={Link} href="/sources/add">{say.add}</Button>}
        </Empty>
      ) : expert ? (
        <Expert sources={sources} open={open} />
      ) : (
        <Easy sources={sources} open={open} />
      )}
      {found.data.more && <p className="soft">{say.more}</p>}
      {one && <One source={one} close={() => go("/sources")} />}
    </div>
  );
}
