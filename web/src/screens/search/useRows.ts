// The answer as it streams in. Rows are handed on a few times a second, the first at once.
import { useEffect, useState } from "react";
import { ApiError, type Parameters, type Schemas } from "../../api/client";
import { search } from "../../api/stream";

export type Row = Schemas["Row"];
export type Cells = NonNullable<Schemas["SearchLine"]["cells"]>;
export type Columns = NonNullable<Schemas["SearchLine"]["columns"]>;

export interface Answer {
  rows: Row[];
  columns: Columns | undefined;
  cells: Cells[];
  progress: Schemas["SearchProgress"] | undefined;
  end: Schemas["SearchEnd"] | undefined;
  failure: unknown;
  running: boolean;
  /** the stream ended without its last line */
  cut: boolean;
}

const NOTHING: Answer = { rows: [], columns: undefined, cells: [], progress: undefined, end: undefined, failure: undefined, running: true, cut: false };
const HAND_ON_MS = 150;

export function useRows(parameters: Parameters | undefined, turn: number): Answer {
  const [answer, setAnswer] = useState<Answer>(NOTHING);
  const key = parameters && JSON.stringify(parameters);
  useEffect(() => {
    if (!key) return;
    const stop = new AbortController();
    const now: Answer = { ...NOTHING };
    const rows: Row[] = [];
    const cells: Cells[] = [];
    let handedAt = 0;
    const handOn = () => {
      handedAt = performance.now();
      setAnswer({ ...now, rows: rows.slice(), cells: cells.slice() });
    };
    setAnswer((was) => ({ ...was, running: true, failure: undefined }));
    const read = async () => {
      for await (const line of search(JSON.parse(key) as Parameters, stop.signal)) {
        if (line.row) rows.push(line.row);
        if (line.columns) now.columns = line.columns;
        if (line.cells) cells.push(line.cells);
        if (line.progress) now.progress = line.progress;
        if (line.end) now.end = line.end;
        if (handedAt === 0 ? rows.length + cells.length >= 50 : performance.now() - handedAt > HAND_ON_MS) handOn();
      }
      now.cut = !now.end;
    };
    read()
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        now.failure = error instanceof ApiError ? error : new Error("the answer broke off");
      })
      .finally(() => {
        if (stop.signal.aborted) return;
        now.running = false;
        handOn();
      });
    return () => stop.abort();
  }, [key, turn]);
  return answer;
}
