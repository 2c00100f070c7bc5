// An editor for YAML with the mistakes marked where they are. It lives in a shadow root: its style sheets are adopted
// there and need no exception in the page's policy. Tab leaves it, as on the rest of the page.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { Hostile } from "./Hostile";
import { Light } from "./Light";
import { useWords, words } from "../words/words";
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

const look = EditorView.theme({
  "&": { background: "var(--sheet)", color: "var(--ink)", fontSize: "0.95rem", border: "1px solid var(--line)", borderRadius: "6px" },
  "&.cm-focused": { outline: "3px solid light-dark(#0b6a7a, #72d3e3)", outlineOffset: "1px" },
  ".cm-scroller": {
    fontFamily: 'ui-monospace, "Cascadia Mono", Consolas, "BIZ UDGothic", "Noto Sans Mono CJK JP", monospace',
    lineHeight: "1.6", minHeight: "12rem", maxHeight: "60vh",
  },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--ground)", color: "var(--ink-soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "light-dark(#eef4f6, #222a30)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": { background: "light-dark(#bfe0e6, #0b4753) !important" },
  ".cm-tooltip": { background: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--line)" },
});

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "light-dark(#064a57, #7fd3e0)", fontWeight: "600" },
    { tag: [tags.string, tags.attributeValue], color: "light-dark(#1a6e3c, #8fdcae)" },
    { tag: [tags.number, tags.bool, tags.null], color: "light-dark(#7a4500, #f2b84b)" },
    { tag: tags.comment, color: "var(--ink-soft)", fontStyle: "italic" },
  ]),
);

/** The place in the text; past its end, the end. */
function placeOf(state: EditorState, mark: Mark): number {
  const line = state.doc.line(Math.min(Math.max(1, mark.line ?? 1), state.doc.lines));
  return Math.min(line.from + Math.max(0, (mark.column ?? 1) - 1), line.to);
}

function diagnosticOf(state: EditorState, mark: Mark): Diagnostic {
  const from = placeOf(state, mark);
  return { from, to: Math.max(from, state.doc.lineAt(from).to), severity: mark.serious ? "error" : "warning", message: mark.words };
}

/**
 * What is typed over a selection goes into the text by us: Chromium would carry the coloured words' look over in a style
 * attribute, which the page's policy refuses. While an input method composes the browser does it all.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const over = event.inputType === "insertText" && event.data !== null && !view.state.selection.main.empty;
    if (!over || event.isComposing || view.composing || view.state.readOnly) return false;
    view.dispatch(view.state.replaceSelection(event.data ?? ""), { userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    return true;
  },
});

interface Given {
  label: string;
  value: string;
  onChange?(value: string): void;
  marks?: readonly Mark[];
}

export function YamlEditor({ label, value, onChange, marks = [] }: Given) {
  const say = useWords(table);
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  const named = useRef(new Compartment());
  changed.current = onChange;
  const locked = onChange === undefined;

  useEffect(() => {
    if (!place.current) return;
    const root = place.current.shadowRoot ?? place.current.attachShadow({ mode: "open" });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(), history(), bracketMatching(), highlightActiveLine(), indentUnit.of("  "), yaml(), colours, look, lintGutter(), typedOver,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorState.readOnly.of(locked),
          named.current.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // the text is brought in line below; a new editor would lose what can be undone
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [locked]);

  useEffect(() => {
    const now = view.current;
    if (now && now.state.doc.toString() !== value) now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value } });
  }, [value, locked]);

  useEffect(() => {
    view.current?.dispatch({ effects: named.current.reconfigure(EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" })) });
  }, [label, locked]);

  useEffect(() => {
    const now = view.current;
    if (now) now.dispatch(setDiagnostics(now.state, marks.filter((mark) => mark.line !== undefined).map((mark) => diagnosticOf(now.state, mark))));
  }, [marks, locked]);

  const goTo = (mark: Mark) => {
    const now = view.current;
    if (!now) return;
    now.dispatch({ selection: { anchor: placeOf(now.state, mark) }, scrollIntoView: true });
    now.focus();
  };
  return (
    <div>
      <div ref={place} />
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
