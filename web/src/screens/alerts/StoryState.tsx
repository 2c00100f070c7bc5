// Where a story stands: a shape that fills up, and a word.
import type { Schemas } from "../../api/client";
import { useWords } from "../../words/words";
import { alertWords } from "./alertWords";
import classes from "./StoryState.module.css";

type State = Schemas["StoryHead"]["state"];

const shapes: Record<State, string> = {
  new: "M7 1 a6 6 0 1 0 0.01 0 Z M7 3 a4 4 0 1 1 -0.01 0 Z",
  seen: "M7 1 a6 6 0 1 0 0.01 0 Z M7 3 a4 4 0 0 1 0 8 Z",
  progress: "M7 1 a6 6 0 1 0 0.01 0 Z M7 3 v4 h-4 a4 4 0 0 1 4 -4 Z",
  closed: "M1 7.5 L2.8 5.7 L5.5 8.4 L11.2 2.7 L13 4.5 L5.5 12 Z",
};

export function StoryState({ state }: { state: State }) {
  const say = useWords(alertWords);
  const word = { new: say.new, seen: say.seenState, progress: say.progress, closed: say.closedState }[state];
  return (
    <span className={`${classes.state} ${state === "new" ? classes.new : ""}`}>
      <svg width={14} height={14} viewBox="0 0 14 14" aria-hidden="true">
        <path d={shapes[state]} fill="currentColor" fillRule="evenodd" />
      </svg>
      {word}
    </span>
  );
}
