// The question in the expert's view: one line, with the names of fields offered while they are typed.
import { TextInput } from "@mantine/core";
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useLanguage } from "../app/preferences";
import { useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { completed, offers, type Offer } from "./query/offers";
import { useServerWords } from "./ServerWords";
import classes from "./QueryField.module.css";

const table = words({ ja: { offered: "項目の候補" }, en: { offered: "Fields that fit" } });

interface Given {
  label: string;
  example: string;
  value: string;
  wrong: boolean;
  change(value: string): void;
}

export function QueryField({ label, example, value, wrong, change }: Given) {
  const say = useWords(table);
  const language = useLanguage();
  const server = useServerWords();
  const field = useRef<HTMLInputElement>(null);
  const caret = useRef<number | undefined>(undefined);
  const id = useId();
  const [offered, setOffered] = useState<Offer[]>([]);
  const [active, setActive] = useState(-1);
  const offer = (some: Offer[]) => {
    setOffered(some);
    setActive(-1);
  };
  // after a name was taken the caret stands behind it
  useLayoutEffect(() => {
    if (caret.current !== undefined) field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [value]);
  const take = (chosen: Offer) => {
    const next = completed(value, field.current?.selectionStart ?? value.length, chosen);
    caret.current = next.caret;
    change(next.text);
    offer([]);
  };
  const keyed = (event: KeyboardEvent) => {
    // while letters are composed, keys are the input method's; an Enter that ends it does not ask
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return event.key === "Enter" && event.preventDefault();
    if (offered.length === 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = offered[active];
    if (step !== undefined) setActive((active + step + offered.length + (active < 0 && step < 0 ? 1 : 0)) % offered.length);
    else if (event.key === "Escape") offer([]);
    else if (event.key === "Enter" && chosen) take(chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = offered.length > 0;
  return (
    <div className={classes.field}>
      <TextInput
        ref={field}
        role="combobox"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        aria-invalid={wrong || undefined}
        placeholder={example}
        size="md"
        maxLength={8192}
        spellCheck={false}
        autoComplete="off"
        value={value}
        onKeyDown={keyed}
        onBlur={() => offer([])}
        onChange={(event) => {
          const { value: text, selectionStart } = event.currentTarget;
          change(text);
          offer(offers(server.fields, language, text, selectionStart ?? text.length));
        }}
      />
      {open && (
        <ul id={id} role="listbox" aria-label={say.offered} className={classes.offers}>
          {offered.map((one, at) => (
            <li
              key={one.name}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === active}
              onPointerDown={(event) => {
                event.preventDefault(); // the field keeps the focus
                take(one);
              }}
            >
              <Hostile text={one.name} /> <span className="soft"><Hostile text={one.detail} /></span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
