// A value that an attacker may have written. Always text; what would hide or turn the rest is shown as its code.
import { memo } from "react";
import classes from "./Hostile.module.css";

// C0 and C1 controls, bidirectional controls, zero-width and other invisible signs, line separators.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;
const SPLIT = new RegExp(`(${HIDDEN.source})`, "u");

const codeOf = (sign: string) => `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

export const Hostile = memo(function Hostile({ text, wrap = true }: { text: string; wrap?: boolean }) {
  const name = wrap ? classes.value : `${classes.value} ${classes.line}`;
  if (!HIDDEN.test(text)) return <bdi className={name}>{text}</bdi>;
  return (
    <bdi className={name}>
      {text.split(SPLIT).map((part, at) =>
        at % 2 === 0 ? part : <span key={at} className={classes.code}>{codeOf(part)}</span>,
      )}
    </bdi>
  );
});
