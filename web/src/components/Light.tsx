// A light that is also a shape and a word: good, to be looked at, to be acted on, not known.
import classes from "./Light.module.css";

export type LightState = "good" | "look" | "act" | "unknown";

const shapes: Record<LightState, string> = {
  good: "M12 1 a11 11 0 1 0 0.01 0 Z M6 12.4 L7.8 10.6 L10.6 13.4 L16.4 7.6 L18.2 9.4 L10.6 17 Z",
  look: "M12 1.5 L23.5 22 H0.5 Z M11 9 h2.2 v6.5 h-2.2 Z M11 17 h2.2 v2.2 h-2.2 Z",
  act: "M7.5 1 H16.5 L23 7.5 V16.5 L16.5 23 H7.5 L1 16.5 V7.5 Z M10.9 5.5 h2.4 v8 h-2.4 Z M10.9 15.5 h2.4 v2.4 h-2.4 Z",
  unknown: "M12 1 a11 11 0 1 0 0.01 0 Z M12 3.6 a8.4 8.4 0 1 1 -0.01 0 Z M7 10.8 h10 v2.4 h-10 Z",
};

export function Light({ state, word, size = 20, hidden = false }: { state: LightState; word: string; size?: number; hidden?: boolean }) {
  return (
    <span className={`${classes.light} ${classes[state]}`}>
      <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
        <path d={shapes[state]} fill="currentColor" fillRule="evenodd" />
      </svg>
      <span className={hidden ? "unseen" : undefined}>{word}</span>
    </span>
  );
}
