// A moment in the server's zone, and how long ago it was on hover. The zone is always shown once on a screen.
import { useSession } from "../app/session";
import { useLanguage } from "../app/preferences";
import type { Language } from "../words/words";

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-20 17:40:05`, in that offset. Empty for what is no time. */
export function momentText(rfc3339: string, offsetSeconds: number, withSeconds = true): string {
  const ms = Date.parse(rfc3339);
  if (Number.isNaN(ms)) return "";
  const at = new Date(ms + offsetSeconds * 1000);
  const day = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return withSeconds ? `${day} ${clock}:${two(at.getUTCSeconds())}` : `${day} ${clock}`;
}

// made once: lists of records say many times
const formats = { ja: new Intl.RelativeTimeFormat("ja", { numeric: "auto" }), en: new Intl.RelativeTimeFormat("en", { numeric: "auto" }) };

export function agoText(rfc3339: string, now: number, language: Language): string {
  const seconds = Math.round((Date.parse(rfc3339) - now) / 1000);
  const format = formats[language];
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [[86400, "day"], [3600, "hour"], [60, "minute"]];
  for (const [length, unit] of steps) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  }
  return format.format(seconds, "second");
}

export function Moment({ at, seconds = true }: { at: string; seconds?: boolean }) {
  const offset = useSession().zone_offset_seconds ?? 0;
  const language = useLanguage();
  return (
    <time dateTime={at} title={agoText(at, Date.now(), language)} className="mono">
      {momentText(at, offset, seconds)}
    </time>
  );
}
