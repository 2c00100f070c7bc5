// From when to when, out of words: "昨日の夜", "先週金曜 夜", "last 24h", "2026-11-20 09:00..10:00".
// Days are those of the zone that the page shows; the clock is given, so that tests have their own.

export interface Span {
  from: number;
  to: number;
}

export interface Calendar {
  now: number;
  offsetSeconds: number;
  /** days off, as 2026-11-23; Saturdays and Sundays are added */
  holidays: ReadonlySet<string>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** part of a day: hours from and to; past 24 is the next morning */
const PARTS: [RegExp, number, number][] = [
  [/深夜|夜中|midnight|late night/, 22, 29],
  [/早朝|early morning/, 4, 7],
  [/夕方|夕|evening/, 16, 20],
  [/今晩|晩|夜|tonight|night/, 18, 30],
  [/午前|am\b/, 0, 12],
  [/午後|afternoon|pm\b/, 12, 24],
  [/朝|morning/, 5, 11],
  [/昼|noon|midday/, 11, 14],
];

const UNITS: [RegExp, number][] = [
  [/^(s|sec|seconds?|秒)/, 1000],
  [/^(min|minutes?|m|分)/, 60_000],
  [/^(h|hours?|時間)/, HOUR],
  [/^(d|days?|日)/, DAY],
  [/^(w|weeks?|週)/, 7 * DAY],
];

const WEEKDAYS = ["日", "月", "火", "水", "木", "金", "土"];
const WEEKDAYS_EN = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const dayStart = (ms: number, offset: number) => Math.floor((ms + offset) / DAY) * DAY - offset;
export const dayText = (ms: number, offsetSeconds: number) => new Date(ms + offsetSeconds * 1000).toISOString().slice(0, 10);

function weekStart(today: number, offset: number): number {
  const weekday = new Date(today + offset).getUTCDay();
  return today - ((weekday + 6) % 7) * DAY;
}

function monthStart(today: number, offset: number, months: number): number {
  const at = new Date(today + offset);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1) - offset;
}

function lastHoliday(today: number, calendar: Calendar): number {
  for (let day = today - DAY; day > today - 60 * DAY; day -= DAY) {
    const weekday = new Date(day + calendar.offsetSeconds * 1000).getUTCDay();
    if (weekday === 0 || weekday === 6 || calendar.holidays.has(dayText(day, calendar.offsetSeconds))) return day;
  }
  return today - 7 * DAY;
}

function weekdayOf(text: string): number {
  const japanese = /([日月火水木金土])曜/.exec(text);
  if (japanese?.[1]) return WEEKDAYS.indexOf(japanese[1]);
  const english = /\b(sun|mon|tue|wed|thu|fri|sat)[a-z]*\b/.exec(text);
  return english?.[1] ? WEEKDAYS_EN.indexOf(english[1]) : -1;
}

/** The whole days that are named; undefined when none is. */
function days(text: string, calendar: Calendar): Span | undefined {
  const offset = calendar.offsetSeconds * 1000;
  const today = dayStart(calendar.now, offset);
  const week = weekStart(today, offset);
  const one = (from: number): Span => ({ from, to: from + DAY });
  const date = /(?:(\d{4})[-/年])?(\d{1,2})[-/月](\d{1,2})日?/.exec(text);
  if (date) {
    const year = date[1] ? Number(date[1]) : new Date(calendar.now + offset).getUTCFullYear();
    const day = Date.UTC(year, Number(date[2]) - 1, Number(date[3])) - offset;
    return one(!date[1] && day > calendar.now ? Date.UTC(year - 1, Number(date[2]) - 1, Number(date[3])) - offset : day);
  }
  const weekday = weekdayOf(text);
  if (weekday >= 0) {
    const inWeek = ((weekday + 6) % 7) * DAY;
    if (/先週|last week/.test(text)) return one(week - 7 * DAY + inWeek);
    if (/今週|this week/.test(text)) return one(week + inWeek);
    const found = week + inWeek;
    return one(found >= today ? found - 7 * DAY : found);
  }
  if (/前回(の)?休日|last holiday|last day off/.test(text)) return one(lastHoliday(today, calendar));
  if (/一昨日|おととい|day before yesterday/.test(text)) return one(today - 2 * DAY);
  if (/昨日|昨夜|昨晩|きのう|yesterday|last night/.test(text)) return one(today - DAY);
  if (/今日|本日|今朝|今夜|今晩|きょう|today|tonight|this morning/.test(text)) return one(today);
  if (/先週|last week/.test(text)) return { from: week - 7 * DAY, to: week };
  if (/今週|this week/.test(text)) return { from: week, to: week + 7 * DAY };
  if (/先月|last month/.test(text)) return { from: monthStart(today, offset, -1), to: monthStart(today, offset, 0) };
  if (/今月|this month/.test(text)) return { from: monthStart(today, offset, 0), to: monthStart(today, offset, 1) };
  return undefined;
}

function lately(text: string, now: number): Span | undefined {
  const found = /^(?:last|past|直近|過去|この|ここ)?\s*(\d{1,5})\s*(\S+)$/.exec(text);
  const unit = found && UNITS.find(([name]) => name.test(found[2] ?? ""));
  return found && unit ? { from: now - Number(found[1]) * unit[1], to: now } : undefined;
}

const clockOf = (text: string | undefined): number | undefined => {
  const found = /(\d{1,2}):(\d{2})(?::(\d{2}))?/.exec(text ?? "");
  return found ? Number(found[1]) * HOUR + Number(found[2]) * 60_000 + Number(found[3] ?? 0) * 1000 : undefined;
};

function between(text: string, calendar: Calendar): Span | undefined {
  const parts = text.split(/\.\.|～|〜|~|から/);
  if (parts.length !== 2) return undefined;
  const [left = "", right = ""] = parts.map((part) => part.replace(/まで$/, "").trim());
  const first = left ? days(left, calendar) : { from: 0, to: 0 };
  if (!first) return undefined;
  const from = first.from + (clockOf(left) ?? 0);
  if (!right) return { from, to: calendar.now };
  const last = days(right, calendar);
  const clock = clockOf(right);
  if (last) return { from, to: clock === undefined ? last.to : last.from + clock + 60_000 };
  if (clock === undefined) return undefined;
  const to = first.from + clock + 60_000;
  return { from, to: to <= from ? to + DAY : to };
}

/** undefined: no time that is known. A range never ends before it begins. */
export function rangeOf(words: string, calendar: Calendar): Span | undefined {
  const text = words.normalize("NFKC").trim().toLowerCase();
  const found = lately(text, calendar.now) ?? between(text, calendar);
  if (found) return found.to > found.from ? found : undefined;
  const named = days(text, calendar);
  if (!named) return undefined;
  const part = PARTS.find(([name]) => name.test(text));
  if (part && named.to - named.from === DAY) return { from: named.from + part[1] * HOUR, to: named.from + part[2] * HOUR };
  const clock = clockOf(text);
  if (clock !== undefined && named.to - named.from === DAY) return { from: named.from + clock, to: named.from + clock + 60_000 };
  return named;
}

/** As the API takes it. */
export const moment = (ms: number) => new Date(ms).toISOString();
