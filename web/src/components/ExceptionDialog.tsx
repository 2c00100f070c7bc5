// A rule is told to pass over a value, for a while and for a reason.
import { Button, Group, Modal, Select, Stack, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call } from "../api/client";
import { useText2, useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { Failure } from "./Notice";
import { useServerWords } from "./ServerWords";

const table = words({
  ja: {
    title: "例外にする",
    close: "閉じる",
    help: "選んだルールは、この値のときだけ知らせなくなります。期限が来ると、元にもどります。",
    rule: "どのルールの例外にするか",
    search: "名前で絞り込む",
    days: "いつまで",
    dayCount: (days: number) => `${days}日`,
    why: "理由（あとで見る人のために）",
    add: "例外にする",
    stop: "やめる",
  },
  en: {
    title: "Make an exception",
    close: "Close",
    help: "The chosen rule will not report this value any more. When the time is over, it will again.",
    rule: "Which rule",
    search: "Type to narrow",
    days: "For how long",
    dayCount: (days: number) => `${days} days`,
    why: "Why (for those who look at it later)",
    add: "Make the exception",
    stop: "Cancel",
  },
});

interface Given {
  field: string;
  value: string;
  rule?: string | undefined;
  close(): void;
}

export function ExceptionDialog({ field, value, rule, close }: Given) {
  const say = useWords(table);
  const text = useText2();
  const server = useServerWords();
  const cache = useQueryClient();
  const [chosen, setChosen] = useState<string | null>(rule ?? null);
  const [days, setDays] = useState("90");
  const [why, setWhy] = useState("");
  const [failure, setFailure] = useState<unknown>();
  const rules = useQuery({ queryKey: ["rules", "", ""], queryFn: () => call("get", "/api/v1/rules") });
  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (!chosen) return;
    try {
      await call("post", "/api/v1/exceptions", { body: { rule: chosen, field, value, days: Number(days), why } });
      await cache.invalidateQueries({ queryKey: ["exceptions"] });
      close();
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Modal opened onClose={close} title={say.title} closeButtonProps={{ "aria-label": say.close }}>
      <form onSubmit={(event) => void add(event)}>
        <Stack>
          <p>
            {server.field(field)}：<strong><Hostile text={server.value(field, value)} /></strong>
          </p>
          <p className="soft">{say.help}</p>
          {failure !== undefined && <Failure error={failure} />}
          <Select
            label={say.rule}
            placeholder={say.search}
            searchable
            required
            limit={50}
            data={(rules.data?.rules ?? []).map((one) => ({ value: one.id, label: text(one.title) }))}
            value={chosen}
            onChange={setChosen}
          />
          <Select
            label={say.days}
            data={[7, 30, 90, 366].map((count) => ({ value: String(count), label: say.dayCount(count) }))}
            allowDeselect={false}
            value={days}
            onChange={(next) => setDays(next ?? "90")}
          />
          <Textarea label={say.why} required maxLength={1024} value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {say.stop}
            </Button>
            <Button type="submit">{say.add}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
