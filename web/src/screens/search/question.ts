// What is asked stands in the address: words, time, open record. Back works, and a view can be sent by mail.
import { useCallback, useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useQuery } from "@tanstack/react-query";
import { call, urlOf, type Parameters } from "../../api/client";
import { useSession } from "../../app/session";
import { moment, rangeOf, type Calendar, type Span } from "../../components/query/range";

export interface Question {
  q: string;
  /** words of time; or from and to, RFC 3339 */
  range: string;
  from: string;
  to: string;
  /** evidence rows too */
  all: boolean;
  limit: number;
  record: number | undefined;
  order: "most" | "rarest";
  who: string;
  at: string;
}

export const RANGE_USUAL = "24h";
/** few: the first rows stand the sooner */
export const LIMIT_USUAL = 200;
export const LIMIT_MAX = 100_000;

const digits = (text: string | null) => (text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined);

export function questionOf(search: string): Question {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? "";
  const absolute = text("from") !== "" && !Number.isNaN(Date.parse(text("from")));
  return {
    q: text("q").slice(0, 8192),
    range: absolute ? "" : text("range") || RANGE_USUAL,
    from: absolute ? text("from") : "",
    to: absolute ? text("to") : "",
    all: given.get("all") === "true",
    limit: Math.min(digits(given.get("limit")) ?? LIMIT_USUAL, LIMIT_MAX),
    record: digits(given.get("record")),
    order: given.get("order") === "rarest" ? "rarest" : "most",
    who: text("who").slice(0, 256),
    at: text("at"),
  };
}

export function addressOf(question: Question): string {
  const parameters: Parameters = {
    q: question.q,
    range: question.from || question.range === RANGE_USUAL ? undefined : question.range,
    from: question.from || undefined,
    to: question.from ? question.to : undefined,
    all: question.all || undefined,
    limit: question.limit === LIMIT_USUAL ? undefined : question.limit,
    order: question.order === "most" ? undefined : question.order,
    record: question.record,
    who: question.who,
    at: question.at,
  };
  return urlOf("/search", parameters);
}

/** The days off of the company, for "前回休日". */
export function useHolidays(): ReadonlySet<string> {
  const company = useQuery({ queryKey: ["company"], queryFn: () => call("get", "/api/v1/company"), staleTime: 3_600_000 });
  return useMemo(() => new Set(company.data?.calendar.map((day) => day.day)), [company.data]);
}

export interface Asking {
  question: Question;
  /** the time that is asked for; undefined: the words are no time */
  span: Span | undefined;
  calendar: Calendar;
  /** grows with each asking, so that "last 24 hours" is of now */
  turn: number;
  change(to: Partial<Question>, replace?: boolean): void;
  again(): void;
}

export function useQuestion(): Asking {
  const search = useSearch();
  const [, go] = useLocation();
  const question = useMemo(() => questionOf(search), [search]);
  const [asked, setAsked] = useState({ now: Date.now(), turn: 0 });
  const offsetSeconds = useSession().zone_offset_seconds ?? 0;
  const holidays = useHolidays();
  const calendar = useMemo<Calendar>(() => ({ now: asked.now, offsetSeconds, holidays }), [asked.now, offsetSeconds, holidays]);
  const { range, from, to } = question;
  const span = useMemo<Span | undefined>(() => {
    if (!from) return rangeOf(range, calendar);
    const last = Date.parse(to);
    return { from: Date.parse(from), to: Number.isNaN(last) ? calendar.now : last };
  }, [range, from, to, calendar]);
  const again = useCallback(() => setAsked((was) => ({ now: Date.now(), turn: was.turn + 1 })), []);
  const change = useCallback(
    (next: Partial<Question>, replace = false) => {
      if (next.range !== undefined && next.from === undefined) next = { ...next, from: "", to: "" };
      if (next.record === undefined && !("record" in next)) next = { ...next, record: undefined };
      go(addressOf({ ...question, ...next }), { replace });
    },
    [go, question],
  );
  return { question, span, calendar, turn: asked.turn, change, again };
}

/** What every request about the question carries. */
export function parametersOf(question: Question, span: Span, zone: string | undefined): Parameters {
  return { q: question.q, from: moment(span.from), to: moment(span.to), zone, all: question.all || undefined };
}
