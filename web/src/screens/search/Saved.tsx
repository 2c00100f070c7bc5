// Questions kept under a name, mine and the company's; and the answer as a file.
import { Button, Checkbox, Menu, Modal, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, urlOf, type Parameters } from "../../api/client";
import { useLanguage } from "../../app/preferences";
import { Hostile } from "../../components/Hostile";
import { Failure } from "../../components/Notice";
import { useWords, words } from "../../words/words";
import { RANGE_USUAL, type Question } from "./question";

const table = words({
  ja: {
    saved: "保存した質問",
    save: "この質問を保存…",
    none: "まだありません",
    name: "名前",
    shared: "みんなに見せる",
    keep: "保存",
    stop: "やめる",
    forget: (name: string) => `「${name}」を消す`,
    forgetOne: "この質問の保存を消す",
    close: "閉じる",
    export: "書き出し",
    csv: "CSV（Excel用）",
    csvSjis: "CSV（Shift_JIS）",
    xlsx: "Excelブック",
    jsonl: "JSON Lines（全項目）",
    logged: "書き出したことは操作の記録に残ります",
  },
  en: {
    saved: "Saved questions",
    save: "Save this question…",
    none: "None yet",
    name: "Name",
    shared: "Show it to everyone",
    keep: "Save",
    stop: "Cancel",
    forget: (name: string) => `Forget “${name}”`,
    forgetOne: "Forget this saved question",
    close: "Close",
    export: "Export",
    csv: "CSV (for Excel)",
    csvSjis: "CSV (Shift_JIS)",
    xlsx: "Excel workbook",
    jsonl: "JSON lines (all fields)",
    logged: "That you exported is kept in the operator log",
  },
});

interface Given {
  question: Question;
  ask(question: Partial<Question>): void;
}

/** from carries either a moment or words of time, as the address does. */
function timesOf(question: Question): { from?: string; to?: string } {
  if (question.from) return { from: question.from, to: question.to };
  return question.range === RANGE_USUAL ? {} : { from: question.range };
}

const isMoment = (text: string | undefined) => text !== undefined && /^\d{4}-\d{2}-\d{2}T/.test(text);

export function SavedMenu({ question, ask }: Given) {
  const say = useWords(table);
  const cache = useQueryClient();
  const [naming, setNaming] = useState(false);
  const saved = useQuery({ queryKey: ["saved"], queryFn: () => call("get", "/api/v1/saved") });
  const list = saved.data?.saved ?? [];
  const current = list.find((one) => one.q === question.q);
  const forget = async (name: string) => {
    await call("delete", "/api/v1/saved/{name}", { parts: { name } });
    await cache.invalidateQueries({ queryKey: ["saved"] });
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" size="compact-md">{say.saved} ▾</Button></Menu.Target>
        <Menu.Dropdown aria-label={say.saved}>
          {list.length === 0 && <Menu.Label>{say.none}</Menu.Label>}
          {list.map((one) => (
            <Menu.Item key={one.name} onClick={() => ask(isMoment(one.from) ? { q: one.q, range: "", from: one.from ?? "", to: one.to ?? "" } : { q: one.q, range: one.from || RANGE_USUAL })}>
              <Hostile text={one.name} />
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item disabled={!question.q} onClick={() => setNaming(true)}>{say.save}</Menu.Item>
          {current && <Menu.Item onClick={() => void forget(current.name)}>{say.forget(current.name)}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {naming && <Naming question={question} close={() => setNaming(false)} />}
    </>
  );
}

function Naming({ question, close }: { question: Question; close(): void }) {
  const say = useWords(table);
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const keep = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call("put", "/api/v1/saved", { body: { name: name.trim(), q: question.q, shared, ...timesOf(question) } });
      await cache.invalidateQueries({ queryKey: ["saved"] });
      close();
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Modal opened onClose={close} title={say.save} closeButtonProps={{ "aria-label": say.close }}>
      <form onSubmit={(event) => void keep(event)}>
        <Stack>
          {failure !== undefined && <Failure error={failure} />}
          <TextInput label={say.name} data-autofocus required maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Checkbox label={say.shared} checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
          <Button type="submit">{say.keep}</Button>
        </Stack>
      </form>
    </Modal>
  );
}

export function ExportMenu({ parameters }: { parameters: Parameters }) {
  const say = useWords(table);
  const lang = useLanguage();
  const kinds = [
    ["csv", { format: "csv" }],
    ["csvSjis", { format: "csv", charset: "cp932" }],
    ["xlsx", { format: "xlsx" }],
    ["jsonl", { format: "jsonl" }],
  ] as const;
  return (
    <Menu position="bottom-end">
      <Menu.Target><Button variant="default" size="compact-md">{say.export} ▾</Button></Menu.Target>
      <Menu.Dropdown aria-label={say.export}>
        <Menu.Label>{say.logged}</Menu.Label>
        {kinds.map(([name, kind]) => (
          <Menu.Item key={name} component="a" href={urlOf("/api/v1/search/export", { ...parameters, lang, ...kind })} download>
            {say[name]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
