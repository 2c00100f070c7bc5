// Figures as people read them, in their language.
import { useMemo } from "react";
import { useLanguage } from "../app/preferences";
import { bytesText, daysText } from "./figures";

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
