// Whether a device sends: shape, word and colour.
import type { Schemas } from "../../api/client";
import { useWords } from "../../words/words";
import { sourceWords } from "./sourceWords";
import classes from "./Sources.module.css";

const marks = { sending: "✔", silent: "▲", new: "✚" } as const;

export function SourceState({ state }: { state: Schemas["Source"]["state"] }) {
  const say = useWords(sourceWords);
  return (
    <span className={`${classes.mark} ${classes[state]}`}>
      <span aria-hidden="true">{marks[state]}</span> {say[state]}
    </span>
  );
}
