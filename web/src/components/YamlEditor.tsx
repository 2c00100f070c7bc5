// An editor for YAML with the mistakes marked where they are: the browser's own field, so that undo, selection and input
// methods are the browser's, over the same text in colours. Tab leaves it, as on the rest of the page.
import { memo, useRef, type KeyboardEvent } from "react";
import { Hostile } from "./Hostile";
import { Light } from "./Light";
import { useWords, words } from "../words/words";
import { coloured } from "./yamlColours";
import classes from "./YamlEditor.module.css";

const table = words({
  ja: { place: (line: number, column: number) => `${line}行目 ${column}文字目`, mistake: "まちがい", hint: "注意", go: (place: string) => `${place}へ移る` },
  en: { place: (line: number, column: number) => `line ${line}, column ${column}`, mistake: "Mistake", hint: "Note", go: (place: string) => `Go to ${place}` },
});

export interface Mark {
  words: string;
  serious: boolean;
  line?: number | undefined;
  column?: number | undefined;
}

const Line = memo(function Line({ text, mark }: { text: string; mark: string | undefined }) {
  return (
    <div className={classes.line} data-mark={mark}>
      {coloured(text).map(([piece, kind], at) => (
        <span key={at} className={kind === "plain" ? undefined : classes[kind]}>{piece}</span>
      ))}
    </div>
  );
});

/** A new line begins below the first sign of the one before. */
function indented(event: KeyboardEvent<HTMLTextAreaElement>): void {
  const field = event.currentTarget;
  if (event.key !== "Enter" || event.nativeEvent.isComposing || field.readOnly) return;
  const before = field.value.slice(0, field.selectionStart);
  const indent = /^ */.exec(before.slice(before.lastIndexOf("\n") + 1))?.[0] ?? "";
  // what goes in by this command can be undone; where there is none the browser's own line break is as good
  if (document.execCommand("insertText", false, `\n${indent}`)) event.preventDefault();
}

/** Where a line and column stand in the text; past its end, the end. */
function placeOf(lines: readonly string[], mark: Mark): { line: number; at: number } {
  const line = Math.min(Math.max(1, mark.line ?? 1), lines.length) - 1;
  const begin = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  return { line, at: begin + Math.min(Math.max(0, (mark.column ?? 1) - 1), lines[line]?.length ?? 0) };
}

interface Given {
  label: string;
  value: string;
  onChange?(value: string): void;
  marks?: readonly Mark[];
}

export function YamlEditor({ label, value, onChange, marks = [] }: Given) {
  const say = useWords(table);
  const field = useRef<HTMLTextAreaElement>(null);
  const under = useRef<HTMLDivElement>(null);
  const lines = value.split("\n");
  const marked = new Map<number, string>();
  for (const mark of marks) {
    if (mark.line === undefined) continue;
    const { line } = placeOf(lines, mark);
    if (mark.serious || !marked.has(line)) marked.set(line, mark.serious ? "mistake" : "hint");
  }
  const goTo = (mark: Mark) => {
    const { line, at } = placeOf(lines, mark);
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(at, at);
    under.current?.children[line]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div>
      <div className={`${classes.frame} mono`}>
        <div className={classes.numbers} aria-hidden="true">
          {lines.map((_, at) => <div key={at} data-mark={marked.get(at)}>{at + 1}</div>)}
        </div>
        <div className={classes.sheet}>
          <div ref={under} className={classes.under} aria-hidden="true">
            {lines.map((text, at) => <Line key={at} text={text} mark={marked.get(at)} />)}
          </div>
          <textarea
            ref={field}
            className={classes.field}
            aria-label={label}
            aria-invalid={marks.some((mark) => mark.serious) || undefined}
            wrap="off"
            spellCheck={false}
            autoCapitalize="off"
            readOnly={!onChange}
            value={value}
            onKeyDown={indented}
            onChange={(event) => onChange?.(event.currentTarget.value)}
          />
        </div>
      </div>
      <div role="status">
        <ul className={classes.marks}>
          {marks.map((mark, at) => {
            const where = mark.line === undefined ? "" : say.place(mark.line, mark.column ?? 1);
            return (
              <li key={at}>
                <Light state={mark.serious ? "act" : "look"} word={mark.serious ? say.mistake : say.hint} size={16} />
                {where && (
                  <button type="button" className={classes.place} aria-label={say.go(where)} onClick={() => goTo(mark)}>
                    {where}
                  </button>
                )}
                <Hostile text={mark.words} />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
