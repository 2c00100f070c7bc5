// Language, theme and view: the person's once signed in, the browser's before.
import { createContext, useContext } from "react";
import type { Schemas } from "../api/client";
import type { Language } from "../words/words";

export interface Preferences {
  language: Language;
  theme: "auto" | "light" | "dark";
  view: "easy" | "expert";
}

export interface PreferencesDoor {
  now: Preferences;
  change(to: Partial<Preferences>): void;
}

const KEPT = "akashi.preferences";

function ofBrowser(): Preferences {
  const japanese = navigator.languages.some((language) => language.toLowerCase().startsWith("ja"));
  return { language: japanese || navigator.languages.length === 0 ? "ja" : "en", theme: "auto", view: "easy" };
}

/** What this browser last showed; not a secret, and nothing of the logs. */
export function preferencesKept(): Preferences {
  try {
    return { ...ofBrowser(), ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Preferences>) };
  } catch {
    return ofBrowser();
  }
}

export function preferencesKeep(now: Preferences): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(now));
  } catch {
    // storage is off: the next visit starts with the browser's language
  }
}

export function preferencesOf(given: Schemas["Preferences"] | undefined, now: Preferences): Preferences {
  return { language: given?.language ?? now.language, theme: given?.theme ?? now.theme, view: given?.view ?? now.view };
}

export const PreferencesContext = createContext<PreferencesDoor>({ now: ofBrowser(), change: () => undefined });

export const usePreferences = (): PreferencesDoor => useContext(PreferencesContext);
export const useLanguage = (): Language => useContext(PreferencesContext).now.language;
/** くわしい: shown to those who asked for it. */
export const useExpert = (): boolean => useContext(PreferencesContext).now.view === "expert";
