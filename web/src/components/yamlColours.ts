// What is what in a line of YAML, for the eye only: a rule that guesses wrong colours a word wrong and harms nothing.
export type Kind = "key" | "text" | "figure" | "comment" | "plain";
export type Piece = readonly [text: string, kind: Kind];

const KEY = /^(\s*(?:- +)*)((?:"[^"]*"|'[^']*'|[^\s#:"'[\]{},][^#:"']*?)\s*:)(?=\s|$)/;
const FIGURE = /^(?:[-+]?\d[\d_.]*|true|false|yes|no|null|~)$/i;
const WORD = /"(?:[^"\\]|\\.)*"?|'[^']*'?|(?<=^|\s)#.*$|[^\s,[\]{}"'#]+|./gu;

/** The pieces of one line; put together they are the line. */
export function coloured(line: string): Piece[] {
  const pieces: Piece[] = [];
  const key = KEY.exec(line);
  let rest = line;
  if (key) {
    const [all, lead = "", name = ""] = key;
    if (lead) pieces.push([lead, "plain"]);
    pieces.push([name, "key"]);
    rest = line.slice(all.length);
  }
  for (const [word] of rest.matchAll(WORD)) {
    const first = word[0];
    pieces.push([word, first === "#" ? "comment" : first === '"' || first === "'" ? "text" : FIGURE.test(word) ? "figure" : "plain"]);
  }
  return pieces;
}
