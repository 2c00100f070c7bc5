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
  /** something of this answer is shown; until then it is the one before */
  begun: boolean;
}

const NOTHING: Answer = { rows: [], columns: undefined, cells: [], progress: undefined, end: undefined, failure: undefined, running: true, cut: false, begun: false };
const HAND_ON_MS = 150;
/** handing on copies the list: the longer it is, the less often */
const ROWS_A_MS = 100;

export function useRows(parameters: Parameters | undefined, turn: number): Answer {
  const [answer, setAnswer] = useState<Answer>(NOTHING);
  const key = parameters && JSON.stringify(parameters);
  useEffect(() => {
    if (!key) return;
    const stop = new AbortController();
    const now: Answer = { ...NOTHING };
    const rows: Row[] = [];
    const cells: Cells[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const handOn = () => {
      timer = undefined;
      now.begun = true;
      setAnswer({ ...now, rows: rows.slice(), cells: cells.slice() });
    };
    setAnswer((was) => ({ ...was, running: true, failure: undefined, begun: false }));
    const read = async () => {
      for await (const line of search(JSON.parse(key) as Parameters, stop.signal)) {
        if (line.row) rows.push(line.row);
        if (line.columns) now.columns = line.columns;
        if (line.cells) cells.push(line.cells);
        if (line.progress) now.progress = line.progress;
        if (line.end) now.end = line.end;
        // the first when all lines of the piece that came are read
        if (rows.length + cells.length > 0) timer ??= setTimeout(handOn, now.begun ? HAND_ON_MS + rows.length / ROWS_A_MS : 0);
      }
      now.cut = !now.end;
    };
    read()
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        now.failure = error instanceof ApiError ? error : new Error("the answer broke off");
      })
      .finally(() => {
        clearTimeout(timer);
        if (stop.signal.aborted) return;
        now.running = false;
        handOn();
      });
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, turn]);
  return answer;
}
