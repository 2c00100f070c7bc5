// Answers that come in pieces: lines of JSON (search) and server-sent events (tail).
import { send, urlOf, type Parameters, type Schemas } from "./client";

/** A line longer than this is no answer of ours. */
const LINE_CHARACTERS_MAX = 8 << 20;

/** Each line of an NDJSON answer, as it comes. Aborting the signal cancels the search on the server. */
export async function* lines<T>(url: string, signal: AbortSignal): AsyncGenerator<T> {
  const answer = await send("GET", url, undefined, signal);
  if (!answer.body) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? "";
    let from = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
      if (end > from) yield JSON.parse(rest.slice(from, end)) as T;
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length > LINE_CHARACTERS_MAX) throw new Error("a line without end");
    if (done) break;
  }
  if (rest.trim()) yield JSON.parse(rest) as T;
}

export type SearchLine = Schemas["SearchLine"];

export function search(parameters: Parameters, signal: AbortSignal): AsyncGenerator<SearchLine> {
  return lines<SearchLine>(urlOf("/api/v1/search", parameters), signal);
}

export interface TailRate {
  rows_per_second: number;
  shown: number;
  left_out: number;
}

export interface TailSink {
  row(row: Schemas["Row"]): void;
  rate(rate: TailRate): void;
  state(state: "open" | "waiting"): void;
}

const AGAIN_MS = 3000;

/**
 * The live tail; the browser connects again by itself, from the last number it saw. Where the server refused it does
 * not: then it is asked whether somebody is still signed in, and it is tried again. Returns the way to end it.
 */
export function tail(parameters: Parameters, sink: TailSink): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refused = () => {
    // a 401 here ends the session of the page
    send("GET", "/api/v1/me/sessions").then(open, () => (timer = setTimeout(refused, AGAIN_MS)));
  };
  const open = () => {
    source = new EventSource(urlOf("/api/v1/tail", parameters));
    source.addEventListener("row", (event) => sink.row(JSON.parse(event.data as string) as Schemas["Row"]));
    source.addEventListener("rate", (event) => sink.rate(JSON.parse(event.data as string) as TailRate));
    source.onopen = () => sink.state("open");
    source.onerror = () => {
      sink.state("waiting");
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(refused, AGAIN_MS);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
