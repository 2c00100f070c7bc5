// From when to when: a quick list, words that are typed, or two moments; and the company's hours. The zone is always said.
import { Button, Popover, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useSession } from "../app/session";
import { useWords, words } from "../words/words";
import { moment, rangeOf, type Calendar } from "./query/range";
import { momentText } from "./Moment";
import classes from "./TimePicker.module.css";

const table = words({
  ja: {
    title: "いつのログをさがすか",
    quick: "よく使う時間",
    typed: "言葉で入れる",
    example: "例：昨日の夜、先週金曜 夜、11/3、2026-11-01..2026-11-07",
    unknown: "時間として読めませんでした。例のように入れてください。",
    absolute: "日時で決める",
    from: "から",
    to: "まで",
    use: "決める",
    hours: "会社の時間で絞る",
    working: "勤務時間内だけ",
    off_hours: "営業時間外だけ",
    holiday: "休日だけ",
    zone: (zone: string) => `時刻はすべて ${zone} です`,
    m15: "直近15分", h1: "直近1時間", h24: "直近24時間", d7: "直近7日間", d30: "直近30日間",
    today: "今日", yesterday: "昨日", night: "昨日の夜", thisWeek: "今週", lastWeek: "先週", thisMonth: "今月", dayOff: "前回休日",
  },
  en: {
    title: "Which time to search",
    quick: "Often used",
    typed: "In words",
    example: "Such as: last night, friday evening, 11/3, 2026-11-01..2026-11-07",
    unknown: "This is no time that is known. Write it as in the examples.",
    absolute: "From and to",
    from: "From",
    to: "To",
    use: "Use it",
    hours: "The company's hours",
    working: "Working hours only",
    off_hours: "Outside working hours only",
    holiday: "Days off only",
    zone: (zone: string) => `All times are ${zone}`,
    m15: "Last 15 minutes", h1: "Last hour", h24: "Last 24 hours", d7: "Last 7 days", d30: "Last 30 days",
    today: "Today", yesterday: "Yesterday", night: "Last night", thisWeek: "This week", lastWeek: "Last week", thisMonth: "This month", dayOff: "Last day off",
  },
});

/** what the address carries, and its words */
const QUICK = [
  ["15m", "m15"], ["1h", "h1"], ["24h", "h24"], ["7d", "d7"], ["30d", "d30"], ["today", "today"],
  ["yesterday", "yesterday"], ["last night", "night"], ["this week", "thisWeek"], ["last week", "lastWeek"], ["this month", "thisMonth"], ["last holiday", "dayOff"],
] as const;

const HOURS = ["off_hours", "holiday", "working"] as const;

export interface TimeChoice {
  range?: string;
  from?: string;
  to?: string;
}

interface Given {
  range: string;
  from: string;
  to: string;
  calendar: Calendar;
  opened: boolean;
  setOpened(opened: boolean): void;
  choose(choice: TimeChoice): void;
  /** adds akashi.calendar to the question */
  hours(token: string): void;
}

export function useRangeLabel(range: string, from: string, to: string): string {
  const say = useWords(table);
  const offset = useSession().zone_offset_seconds ?? 0;
  if (from) return `${momentText(from, offset, false)} – ${to ? momentText(to, offset, false) : ""}`;
  const known = QUICK.find(([words]) => words === range);
  return known ? say[known[1]] : range;
}

export function TimePicker({ range, from, to, calendar, opened, setOpened, choose, hours }: Given) {
  const say = useWords(table);
  const session = useSession();
  const label = useRangeLabel(range, from, to);
  const take = (choice: TimeChoice) => {
    setOpened(false);
    choose(choice);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={560} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="md" aria-haspopup="dialog" title={say.zone(session.zone ?? "")} onClick={() => setOpened(!opened)}>
          {label} ▾
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={say.title}>
        <div className={classes.picker}>
          <section>
            <h3>{say.quick}</h3>
            <div className={classes.quick}>
              {QUICK.map(([words, name]) => (
                <Button key={words} variant={words === range ? "filled" : "default"} size="compact-md" onClick={() => take({ range: words })}>{say[name]}</Button>
              ))}
            </div>
          </section>
          <Typed calendar={calendar} take={take} />
          <Absolute calendar={calendar} from={from} to={to} take={take} />
          <section>
            <h3>{say.hours}</h3>
            <div className={classes.quick}>
              {HOURS.map((token) => (
                <Button key={token} variant="default" size="compact-md" onClick={() => { setOpened(false); hours(token); }}>{say[token]}</Button>
              ))}
            </div>
          </section>
          <p className="soft">{say.zone(`${session.zone ?? ""} (UTC${offsetText(calendar.offsetSeconds)})`)}</p>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function offsetText(seconds: number): string {
  const minutes = Math.abs(seconds) / 60;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${seconds < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

function Typed({ calendar, take }: { calendar: Calendar; take(choice: TimeChoice): void }) {
  const say = useWords(table);
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const use = (event: FormEvent) => {
    event.preventDefault();
    if (rangeOf(text, calendar)) take({ range: text.normalize("NFKC").trim() });
    else setWrong(true);
  };
  return (
    <form onSubmit={use} className={classes.line}>
      <TextInput
        label={say.typed}
        description={say.example}
        error={wrong ? say.unknown : undefined}
        data-autofocus
        maxLength={64}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setWrong(false);
        }}
      />
      <Button type="submit" variant="default">{say.use}</Button>
    </form>
  );
}

function Absolute({ calendar, from, to, take }: { calendar: Calendar; from: string; to: string; take(choice: TimeChoice): void }) {
  const say = useWords(table);
  const local = (at: string | number) => new Date((typeof at === "number" ? at : Date.parse(at)) + calendar.offsetSeconds * 1000).toISOString().slice(0, 16);
  const [first, setFirst] = useState(local(from || calendar.now - 86_400_000));
  const [last, setLast] = useState(local(to || calendar.now));
  const utc = (text: string) => Date.parse(`${text}:00Z`) - calendar.offsetSeconds * 1000;
  const use = (event: FormEvent) => {
    event.preventDefault();
    if (utc(last) > utc(first)) take({ from: moment(utc(first)), to: moment(utc(last)) });
  };
  return (
    <form onSubmit={use} className={classes.line}>
      <TextInput type="datetime-local" label={`${say.absolute}：${say.from}`} value={first} onChange={(event) => setFirst(event.currentTarget.value)} required />
      <TextInput type="datetime-local" label={say.to} value={last} min={first} onChange={(event) => setLast(event.currentTarget.value)} required />
      <Button type="submit" variant="default">{say.use}</Button>
    </form>
  );
}
