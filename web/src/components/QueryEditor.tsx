// The question in the expert's view: completion of fields, brackets, undo. In a shadow root, so that its sheets are
// adopted ones and the page's policy holds.
import { autocompletion, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useLanguage } from "../app/preferences";
import { useServerWords, type ServerWords } from "./ServerWords";
import classes from "./QueryEditor.module.css";

interface Given {
  label: string;
  example: string;
  value: string;
  change(value: string): void;
  ask(): void;
}

const look = EditorView.theme({
  "&": { fontSize: "1rem", color: "var(--ink)", backgroundColor: "var(--sheet)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family)", lineHeight: "2.4rem", overflow: "hidden" },
  ".cm-content": { padding: "0 0.75rem", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-placeholder": { color: "var(--ink-soft)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--mantine-color-teal-8)", color: "#fff" },
});

/** One line: what is pasted over several becomes one. */
const oneLine = EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : [change]));

function completer(words: () => ServerWords, language: "ja" | "en") {
  return (context: CompletionContext) => {
    const word = context.matchBefore(/[\p{L}\p{N}_.@]+/u);
    if (!word && !context.explicit) return null;
    const options = words().fields.flatMap((field) => [
      { label: field.name, detail: field[language], apply: `${field.name}:` },
      ...field.aliases.map((alias) => ({ label: alias, detail: field.name, apply: `${alias}:`, boost: 1 })),
    ]);
    return { from: word?.from ?? context.pos, options, validFor: /^[\p{L}\p{N}_.@]*$/u };
  };
}

export default function QueryEditor({ label, example, value, change, ask }: Given) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const acts = useRef({ change, ask });
  acts.current = { change, ask };
  const language = useLanguage();
  const server = useServerWords();
  const words = useRef(server);
  words.current = server;
  useEffect(() => {
    const host = place.current;
    if (!host) return;
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open", delegatesFocus: true });
    const enter = () => {
      acts.current.ask();
      return true;
    };
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          look, oneLine, history(), bracketMatching(), placeholder(example),
          autocompletion({ override: [completer(() => words.current, language)] }),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          // below completion's own Enter, above the line break's
          Prec.high(keymap.of([{ key: "Enter", run: enter }])),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          EditorView.updateListener.of((update) => update.docChanged && acts.current.change(update.state.doc.toString())),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // made once for a language: the text is followed below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [label, example, language]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={place} data-editor className={classes.editor} />;
}
