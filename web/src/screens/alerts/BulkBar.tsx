// What can be done with all that are selected.
import { Button } from "@mantine/core";
import { useState } from "react";
import { useNumbers } from "../../components/numbers";
import { useWords } from "../../words/words";
import { CloseDialog, NoteDialog } from "./ActBar";
import { alertWords } from "./alertWords";
import type { ActName, StoryActs } from "./storyActs";
import classes from "./Alerts.module.css";

export function BulkBar({ acts, picked, clear }: { acts: StoryActs; picked: number[]; clear(): void }) {
  const say = useWords(alertWords);
  const { count } = useNumbers();
  const [asking, setAsking] = useState<"none" | "close" | "note">("none");
  const done = () => {
    setAsking("none");
    clear();
  };
  const all = (act: ActName) => void acts.run(picked, act).then((good) => good && clear());
  return (
    <div className={classes.bulk} role="group" aria-label={say.selected(count(picked.length))}>
      <strong>{say.selected(count(picked.length))}</strong>
      <Button loading={acts.busy} onClick={() => all("seen")}>{say.seen}</Button>
      <Button variant="default" onClick={() => all("started")}>{say.start}</Button>
      <Button variant="default" onClick={() => setAsking("close")}>{say.close}…</Button>
      <Button variant="default" onClick={() => setAsking("note")}>{say.note}…</Button>
      <Button variant="subtle" onClick={clear}>{say.unselect}</Button>
      {asking === "close" && <CloseDialog acts={acts} ids={picked} close={done} />}
      {asking === "note" && <NoteDialog acts={acts} ids={picked} close={done} />}
    </div>
  );
}
