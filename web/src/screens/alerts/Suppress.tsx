// An exception from a finding: first for which value of the story, then for how long and why.
import { Button, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { ExceptionDialog } from "../../components/ExceptionDialog";
import { Hostile } from "../../components/Hostile";
import { useServerWords } from "../../components/ServerWords";
import { useWords, words } from "../../words/words";
import type { Story } from "./AlertPage";
import { sheetWords } from "./sheetWords";

const table = words({
  ja: { close: "閉じる", none: "この出来事には、人・機器・接続元の記録がありません。記録を開き、値を選んで例外にしてください。" },
  en: { close: "Close", none: "This story names no person, machine or address. Open a record and choose a value there." },
});

const FIELDS = { user: "user.name", host: "host.name", address: "source.ip" } as const;

export function Suppress({ head, rule, close }: { head: Story["head"]; rule: string; close(): void }) {
  const say = useWords(table);
  const sheet = useWords(sheetWords);
  const server = useServerWords();
  const [chosen, setChosen] = useState<{ field: string; value: string }>();
  if (chosen) return <ExceptionDialog field={chosen.field} value={chosen.value} rule={rule} close={close} />;
  const values = (["user", "host", "address"] as const).flatMap((name) => {
    const value = head[name];
    return value ? [{ field: FIELDS[name], value }] : [];
  });
  return (
    <Modal opened onClose={close} title={sheet.suppressField} closeButtonProps={{ "aria-label": say.close }}>
      {values.length === 0 && <p>{say.none}</p>}
      <Stack>
        {values.map((one) => (
          <Button key={one.field} variant="default" onClick={() => setChosen(one)}>
            {server.field(one.field)}：<Hostile text={one.value} />
          </Button>
        ))}
      </Stack>
    </Modal>
  );
}
