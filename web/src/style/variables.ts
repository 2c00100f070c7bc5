// The theme's colours as CSS variables, set through the DOM: a style element would need an exception in the policy.
import { defaultCssVariablesResolver, mergeMantineTheme, DEFAULT_THEME } from "@mantine/core";
import { theme } from "./theme";

export function applyVariables(scheme: "light" | "dark"): void {
  const found = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
  const root = document.documentElement;
  for (const table of [found.variables, found[scheme]]) {
    for (const [name, value] of Object.entries(table)) root.style.setProperty(name, value);
  }
  // the theme's own grey for small descriptions is too faint for WCAG AA
  root.style.setProperty("--mantine-color-dimmed", "var(--ink-soft)");
  // drawers and dialogs are of the same paper as the sheets
  root.style.setProperty("--mantine-color-body", "var(--sheet)");
}
