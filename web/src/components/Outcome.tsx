// How it ended: shape and word; a failure in colour too.
import { useServerWords } from "./ServerWords";
import classes from "./Outcome.module.css";

const shapes: Record<string, string> = { failure: "✕", success: "○" };

export function Outcome({ token }: { token: string | undefined }) {
  const server = useServerWords();
  if (!token || token === "unknown") return null;
  return (
    <span className={token === "failure" ? classes.failure : classes.other}>
      <span aria-hidden="true">{shapes[token] ?? "・"}</span> {server.outcome(token)}
    </span>
  );
}
