// The text of a proposed definition.

/** The same definition under another name: in its name, its title, and what its samples expect; never in a log itself. */
export function definitionNamed(yaml: string, name: string): string {
  const was = /^name: *(\S+) *$/m.exec(yaml)?.[1];
  if (!was) return `name: ${name}\n${yaml}`;
  const alone = new RegExp(`(?<![\\w-])${was.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-])`, "g");
  return yaml
    .split("\n")
    .map((line) => (/^\s*(?:- )?(?:text|regex):/.test(line) ? line : line.replace(alone, name)))
    .join("\n");
}
