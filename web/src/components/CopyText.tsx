// A text to be taken elsewhere: shown whole, copied with one press.
import { Button } from "@mantine/core";
import { useState } from "react";
import { useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import classes from "./CopyText.module.css";

const table = words({
  ja: { copy: "コピー", copied: "コピーしました", select: "Ctrl+C でコピーしてください" },
  en: { copy: "Copy", copied: "Copied", select: "Press Ctrl+C to copy" },
});

/** Where the page may not write to the clipboard (plain HTTP), the text is selected instead. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const say = useWords(table);
  const [told, setTold] = useState("");
  const [place, setPlace] = useState<HTMLPreElement | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setTold(say.copied);
    } catch {
      if (place) getSelection()?.selectAllChildren(place);
      setTold(say.select);
    }
  };
  return (
    <div className={classes.copy}>
      <pre ref={setPlace} className="mono" tabIndex={0} aria-label={label}><Hostile text={text} /></pre>
      <Button variant="default" className="no-print" aria-label={`${say.copy}: ${label}`} onClick={() => void copy()}>{say.copy}</Button>
      <span role="status" className={classes.told}>{told}</span>
    </div>
  );
}
