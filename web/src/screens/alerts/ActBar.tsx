// What became of the last act, with the way back; and the questions that closing and noting ask.
import { Button, Radio, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { Confirm } from "../../components/Confirm";
import { Hostile } from "../../components/Hostile";
import { Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { useText2, useWords } from "../../words/words";
import { alertWords } from "./alertWords";
import type { Reason, StoryActs } from "./storyActs";
import classes from "./ActBar.module.css";

const NOTE_CHARACTERS_MAX = 1024;

export function ActOutcome({ acts }: { acts: StoryActs }) {
  const say = useWords(alertWords);
  const text = useText2();
  const { count } = useNumbers();
  const { result } = acts;
  return (
    <div role="status" className={`${classes.status} no-print`}>
      {acts.failure !== undefined && <Failure error={acts.failure} />}
      {result && (
        <p className={classes.outcome}>
          {result.done.length > 0 && <span>✔ {say.done(count(result.done.length))}</span>}
          {result.failed[0] && (
            <span>
              {say.failed(count(result.failed.length))}
              <Hostile text={text(result.failed[0].error)} />
            </span>
          )}
          {acts.undoable && (
            <Button variant="default" size="compact-md" loading={acts.busy} onClick={acts.undo}>
              {say.undo}
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

const REASONS = ["resolved", "false_alarm", "expected", "test"] as const;

export function CloseDialog({ acts, ids, close }: { acts: StoryActs; ids: readonly number[]; close(): void }) {
  const say = useWords(alertWords);
  const [reason, setReason] = useState<Reason | "">("");
  const [note, setNote] = useState("");
  return (
    <Confirm
      title={say.closeTitle}
      go={say.close}
      close={close}
      unready={reason === ""}
      act={() => acts.attempt(ids, "closed", { reason: reason || undefined, note: note.trim() || undefined })}
    >
      <Radio.Group label={say.reason} description={say.closeHelp} value={reason} onChange={(value) => setReason(value as Reason)}>
        <Stack gap="xs" mt="sm">
          {REASONS.map((one) => (
            <Radio key={one} value={one} label={say[one]} />
          ))}
        </Stack>
      </Radio.Group>
      <Textarea label={say.noteLabel} autosize={false} rows={3} maxLength={NOTE_CHARACTERS_MAX} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
    </Confirm>
  );
}

export function NoteDialog({ acts, ids, close }: { acts: StoryActs; ids: readonly number[]; close(): void }) {
  const say = useWords(alertWords);
  const [note, setNote] = useState("");
  return (
    <Confirm title={say.noteTitle} go={say.noteSave} close={close} unready={note.trim() === ""} act={() => acts.attempt(ids, "noted", { note: note.trim() })}>
      <Textarea label={say.noteNeeded} data-autofocus rows={4} maxLength={NOTE_CHARACTERS_MAX} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
    </Confirm>
  );
}
