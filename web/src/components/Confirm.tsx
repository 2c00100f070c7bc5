// Asks before what cannot be taken back; what will happen is said in a sentence.
import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useAct } from "../screens/door/DoorFrame";
import { useWords, words } from "../words/words";
import { Failure } from "./Notice";

const table = words({ ja: { stop: "やめる", close: "閉じる" }, en: { stop: "Cancel", close: "Close" } });

interface Given {
  title: string;
  children: ReactNode;
  go: string;
  close(): void;
  /** closes when it is done, stays with the failure when not */
  act(): Promise<unknown>;
  /** nothing can be done yet */
  unready?: boolean;
  harmful?: boolean;
  size?: string;
}

export function Confirm({ title, children, go, close, act: work, unready, harmful, size }: Given) {
  const say = useWords(table);
  const { busy, failure, act } = useAct();
  const done = () =>
    void act(async () => {
      await work();
      close();
    });
  return (
    <Modal opened onClose={close} title={title} size={size ?? "lg"} closeButtonProps={{ "aria-label": say.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          done();
        }}
      >
        <Stack>
          {failure !== undefined && <Failure error={failure} />}
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {say.stop}
            </Button>
            <Button type="submit" loading={busy} disabled={unready} color={harmful ? "red.9" : undefined}>
              {go}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
