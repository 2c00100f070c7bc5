// How serious: shape, word and colour, so that none of them must be seen alone.
import type { Schemas } from "../api/client";
import { useWords, words } from "../words/words";
import classes from "./Severity.module.css";

export type Level = Schemas["Level"];

const table = words({
  ja: { critical: "緊急", high: "重要", medium: "注意", low: "軽微", informational: "参考" },
  en: { critical: "Critical", high: "High", medium: "Medium", low: "Low", informational: "For information" },
});

/** The word alone, as in mails and on paper. */
export function useLevelWord(): (level: Level) => string {
  const say = useWords(table);
  return (level) => say[level];
}

const shapes: Record<Level, string> = {
  critical: "M8 0 L16 8 L8 16 L0 8 Z M7 3 h2 v6 h-2 Z M7 11 h2 v2 h-2 Z",
  high: "M8 1 L16 15 H0 Z M7 6 h2 v4.5 h-2 Z M7 12 h2 v1.8 h-2 Z",
  medium: "M1 1 H15 V15 H1 Z M7 3.5 h2 v5.5 h-2 Z M7 10.8 h2 v2 h-2 Z",
  low: "M8 0.5 a7.5 7.5 0 1 0 0.01 0 Z M4.5 7 h7 v2 h-7 Z",
  informational: "M8 0.5 a7.5 7.5 0 1 0 0.01 0 Z M8 2.5 a5.5 5.5 0 1 1 -0.01 0 Z",
};

export function Severity({ level, size = 16 }: { level: Level; size?: number }) {
  const said = useWords(table)[level];
  return (
    <span className={`${classes.severity} ${classes[level]}`}>
      <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
        <path d={shapes[level]} fill="currentColor" fillRule="evenodd" />
      </svg>
      {said}
    </span>
  );
}
