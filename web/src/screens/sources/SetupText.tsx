// The set-up text of a device: sentences, and the indented lines as commands that can be copied.
import { Button } from "@mantine/core";
import { useState } from "react";
import { useWords, words } from "../../words/words";
import classes from "./Sources.module.css";

const table = words({
  ja: { copy: "コピー", copied: "✔ コピーしました" },
  en: { copy: "Copy", copied: "✔ Copied" },
});

interface Part {
  commands: boolean;
  text: string;
}

/** Lines that begin with a blank are commands; the others are sentences. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const commands = /^\s/.test(line) && line.trim() !== "";
    const last = parts.at(-1);
    if (last?.commands === commands) last.text += `\n${line}`;
    else parts.push({ commands, text: line });
  }
  return parts.map((part) => (part.commands ? { ...part, text: part.text.replace(/^ {1,2}/gm, "") } : part));
}

function Commands({ text }: { text: string }) {
  const say = useWords(table);
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <div className={classes.commands}>
      <pre className="mono" tabIndex={0}>{text}</pre>
      <Button variant="default" size="compact-sm" onClick={copy}>{copied ? say.copied : say.copy}</Button>
    </div>
  );
}

export function SetupText({ text }: { text: string }) {
  return (
    <div className={classes.steps}>
      {partsOf(text).map((part, at) => (part.commands ? <Commands key={at} text={part.text} /> : <p key={at}>{part.text}</p>))}
    </div>
  );
}
