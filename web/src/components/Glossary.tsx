// Words that not everybody knows, explained where they stand: on hover, by keyboard, by touch.
import { useId, useState, type ReactNode } from "react";
import { useLanguage } from "../app/preferences";
import { glossary, glossed } from "./glossaryWords";
import classes from "./Glossary.module.css";

function Term({ word, meaning }: { word: string; meaning: string }) {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <span
      className={classes.place}
      onMouseEnter={() => setShown(true)}
      onMouseLeave={() => setShown(false)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !shown) return;
        event.stopPropagation(); // what is below stays open
        setShown(false);
      }}
    >
      <button type="button" className={classes.term} aria-describedby={shown ? id : undefined} onFocus={() => setShown(true)} onBlur={() => setShown(false)} onClick={() => setShown(true)}>
        {word}
      </button>
      {shown && <span id={id} role="tooltip" className={classes.meaning}>{meaning}</span>}
    </span>
  );
}

/** A text of ours; each word of the glossary is explained where it first stands. */
export function Glossed({ text }: { text: string }): ReactNode {
  const language = useLanguage();
  return glossed(text, language).map((piece, at) => {
    const entry = piece.term && glossary[piece.term];
    return entry ? <Term key={at} word={piece.text} meaning={entry[language].meaning} /> : piece.text;
  });
}
