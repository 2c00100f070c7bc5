// Questions as text: what a click adds to one or takes from it. The language is doc/search.md; the server judges.

/** What needs no quotation marks: no blank, no sign that means something. */
const PLAIN = /^[^\s"'():<>=!~*?,|\\-][^\s"'():<>=!~*?,|]*$/u;
const TIME_WORD = /^(last|today|yesterday|and|or|not|in)$/i;

export function quoted(value: string): string {
  if (PLAIN.test(value) && !TIME_WORD.test(value) && !value.includes("..")) return value;
  return `"${value.replace(/"/g, '""')}"`;
}

/** `user.name:tanaka`, `-user.name:"x y"`; an empty value is one that is not there. */
export function condition(field: string, value: string, except = false): string {
  const name = /^[\w.@]+$/u.test(field) ? field : quoted(field);
  if (value === "") return except ? `${name}:*` : `NOT ${name}:*`;
  return `${except ? "-" : ""}${name}:${quoted(value)}`;
}

/** The text with everything between quotation marks made blank; lengths stay. */
function unquoted(text: string): string {
  return text.replace(/"(?:[^"]|"")*"?/g, (part) => "_".repeat(part.length));
}

/** The filter, and the pipes behind it with their first `|`. */
export function pipesApart(question: string): { filter: string; pipes: string } {
  const at = unquoted(question).search(/[|｜]/);
  if (at < 0) return { filter: question.trim(), pipes: "" };
  return { filter: question.slice(0, at).trim(), pipes: question.slice(at).trim() };
}

/** Narrows the question: what is asked, and this too. */
export function narrowed(question: string, more: string): string {
  const { filter, pipes } = pipesApart(question);
  if (` ${filter} `.includes(` ${more} `)) return question;
  // OR binds weaker than side by side
  const held = /(^|\s)or(\s|$)/i.test(unquoted(filter)) ? `(${filter})` : filter;
  return [held, more, pipes].filter(Boolean).join(" ");
}

/** Takes the bytes from..to of the UTF-8 text out, and the blank that stood beside them. */
export function without(question: string, from: number, to: number): string {
  const bytes = new TextEncoder().encode(question);
  const read = new TextDecoder();
  const left = read.decode(bytes.subarray(0, from)).replace(/[\s　]+$/u, "");
  const right = read.decode(bytes.subarray(to)).replace(/^[\s　]+/u, "");
  return [left, right].filter(Boolean).join(" ");
}

/** `*word*` where signs allow it, else the words as they stand. */
export function somewhere(text: string): string {
  const trimmed = text.trim();
  return PLAIN.test(trimmed) ? `*${trimmed}*` : quoted(trimmed);
}
