// Figures as text; what is pure of numbers.ts.
import type { Language } from "../words/words";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** `1.5 GB`: thousands, as disks are sold. */
export function bytesText(bytes: number, language: Language): string {
  let at = 0;
  let value = bytes;
  while (value >= 1000 && at < UNITS.length - 1) {
    value /= 1000;
    at++;
  }
  const digits = at === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${UNITS[at]}`;
}

/** `3日`, `約7か月`, `約2.3年`: how long so many days are. */
export function daysText(days: number, language: Language): string {
  const japanese = language === "ja";
  if (days < 60) return japanese ? `${days}日` : days === 1 ? "1 day" : `${days} days`;
  const months = Math.round(days / 30.44);
  if (days < 365) return japanese ? `約${months}か月` : `about ${months} months`;
  const whole = days / 365.25;
  const years = whole < 10 ? Math.round(whole * 10) / 10 : Math.round(whole);
  return japanese ? `約${years}年` : `about ${years} ${years === 1 ? "year" : "years"}`;
}
