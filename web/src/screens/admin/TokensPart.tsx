// Keys for programs; each is shown once.
import { Button, Checkbox, Modal, NumberInput, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Schemas } from "../../api/client";
import { Confirm } from "../../components/Confirm";
import { CopyText } from "../../components/CopyText";
import { Hostile } from "../../components/Hostile";
import { ListTable, type Column } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Empty, Failure } from "../../components/Notice";
import { useWords } from "../../words/words";
import { adminWords } from "./adminWords";
import classes from "./Admin.module.css";

type Token = Schemas["Token"];
type May = Schemas["TokenNew"]["may"][number];

const MAY: May[] = ["ingest", "read", "act", "export", "prove", "configure"];
const NAMES = { ingest: "mayIngest", read: "mayRead", act: "mayAct", export: "mayExport", prove: "mayProve", configure: "mayConfigure" } as const;
const DAYS_USUAL = 90;
const DAYS_MAX = 366;

function useMayWords(): (may: string) => string {
  const say = useWords(adminWords);
  return (may) => (may in NAMES ? say[NAMES[may as May]] : may);
}

function AddToken({ close, made }: { close(): void; made(secret: string): void }) {
  const say = useWords(adminWords);
  const mayWords = useMayWords();
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [may, setMay] = useState<string[]>([]);
  const [days, setDays] = useState<number | string>(DAYS_USUAL);
  const add = async () => {
    const answer = await call("post", "/api/v1/tokens", { body: { name: name.trim(), may: may as May[], days: Number(days) } });
    await cache.invalidateQueries({ queryKey: ["tokens"] });
    made(answer.secret);
  };
  return (
    <Confirm title={say.addToken} go={say.addToken} close={close} act={add} unready={name.trim() === "" || may.length === 0 || !(Number(days) >= 1)}>
      <TextInput label={say.tokenName} data-autofocus required maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Checkbox.Group label={say.may} value={may} onChange={setMay}>
        <Stack gap="xs" mt="xs">
          {MAY.map((one) => <Checkbox key={one} value={one} label={mayWords(one)} />)}
        </Stack>
      </Checkbox.Group>
      <NumberInput label={say.days} min={1} max={DAYS_MAX} allowDecimal={false} hideControls value={days} onChange={setDays} />
    </Confirm>
  );
}

export function TokensPart() {
  const say = useWords(adminWords);
  const mayWords = useMayWords();
  const cache = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [ending, setEnding] = useState<Token>();
  const found = useQuery({ queryKey: ["tokens"], queryFn: () => call("get", "/api/v1/tokens") });
  const end = async (one: Token) => {
    await call("delete", "/api/v1/tokens/{id}", { parts: { id: one.id } });
    await cache.invalidateQueries({ queryKey: ["tokens"] });
  };
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const columns: Column<Token>[] = [
    { key: "name", title: say.tokenName, by: (one) => one.name, cell: (one) => <strong><Hostile text={one.name} /></strong> },
    { key: "may", title: say.may, cell: (one) => one.may.map(mayWords).join(" / ") },
    { key: "ends", title: say.ends, by: (one) => one.ends ?? "", cell: (one) => one.ends && <Moment at={one.ends} seconds={false} /> },
    { key: "last", title: say.lastUsed, by: (one) => one.last ?? "", cell: (one) => (one.last ? <Moment at={one.last} seconds={false} /> : <span className="soft">{say.neverUsed}</span>) },
    { key: "by", title: say.by, by: (one) => one.by ?? "", cell: (one) => <Hostile text={one.by ?? ""} /> },
    {
      key: "end",
      title: say.endToken,
      untitled: true,
      cell: (one) => <Button variant="default" size="compact-md" aria-label={say.endTokenOf(one.name)} onClick={() => setEnding(one)}>{say.endToken}…</Button>,
    },
  ];
  return (
    <>
      <div className={classes.lead}>
        <p className="soft">{say.tokenHelp}</p>
        <Button onClick={() => setAdding(true)}>{say.addToken}…</Button>
      </div>
      {found.data?.tokens.length === 0 && <Empty title={say.noToken} />}
      {found.data && found.data.tokens.length > 0 && <ListTable label={say.tokens} columns={columns} rows={found.data.tokens} keyOf={(one) => one.id} />}
      {adding && <AddToken close={() => setAdding(false)} made={setSecret} />}
      {secret !== undefined && (
        <Modal opened onClose={() => setSecret(undefined)} title={say.secretTitle} size="lg" withCloseButton={false} closeOnClickOutside={false} closeOnEscape={false}>
          <Stack>
            <p>{say.secretHelp}</p>
            <CopyText label={say.secretTitle} text={secret} />
            <Button onClick={() => setSecret(undefined)}>{say.secretClose}</Button>
          </Stack>
        </Modal>
      )}
      {ending && (
        <Confirm title={say.endToken} go={say.endToken} harmful close={() => setEnding(undefined)} act={() => end(ending)}>
          <p><strong><Hostile text={ending.name} /></strong></p>
          <p>{say.endTokenHelp}</p>
        </Confirm>
      )}
    </>
  );
}
