// One figure with its name, in a row of such: large enough to be read from the next chair.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Light, type LightState } from "./Light";
import classes from "./Stat.module.css";

export function Stats({ children }: { children: ReactNode }) {
  return <dl className={classes.stats}>{children}</dl>;
}

interface Given {
  label: string;
  /** the figure, or with `light` the word beside it */
  value: string;
  unit?: string;
  light?: LightState;
  note?: ReactNode;
  /** a path of the page */
  to?: string;
}

export function Stat({ label, value, unit, light, note, to }: Given) {
  const figure = light ? (
    <Light state={light} word={value} size={24} />
  ) : (
    <>
      {value}
      {unit && <span className={classes.unit}>{unit}</span>}
    </>
  );
  return (
    <div className={classes.stat}>
      <dt>{label}</dt>
      <dd className={`${classes.value} ${light ? classes.word : ""}`}>{to ? <Link href={to}>{figure}</Link> : figure}</dd>
      {note && <dd className={classes.note}>{note}</dd>}
    </div>
  );
}
