// Figures as people read them, in their language.
import { useMemo } from "react";
import { useLanguage } from "../app/preferences";
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

/** `3日`, `2年4か月`: how long so many days are. */
export function daysText(days: number, language: Language): string {
  const japanese = language === "ja";
  if (days < 60) return japanese ? `${days}日` : days === 1 ? "1 day" : `${days} days`;
  const months = Math.floor(days / 30.44);
  if (months < 24) return japanese ? `約${months}か月` : `about ${months} months`;
  const years = Math.round((days / 365.25) * 10) / 10;
  return japanese ? `約${years}年` : `about ${years} years`;
}

export interface Numbers {
  count(value: number): string;
  /** at most one digit behind the point */
  about(value: number): string;
  bytes(value: number): string;
  days(value: number): string;
}

export function useNumbers(): Numbers {
  const language = useLanguage();
  return useMemo(
    () => ({
      count: (value) => Math.round(value).toLocaleString(language),
      about: (value) => value.toLocaleString(language, { maximumFractionDigits: 1 }),
      bytes: (value) => bytesText(value, language),
      days: (value) => daysText(value, language),
    }),
    [language],
  );
}
