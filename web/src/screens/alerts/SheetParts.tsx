// The parts of the sheet that anybody reads: facts, reasons, reach, steps with boxes to tick, the call list.
import { Link } from "wouter";
import { Hostile } from "../../components/Hostile";
import { pathOf } from "../../components/urlState";
import { useText2, useWords } from "../../words/words";
import type { Story } from "./AlertPage";
import { sheetWords } from "./sheetWords";
import classes from "./AlertPage.module.css";

type Step = Story["why"][number];

export function Facts({ story }: { story: Story }) {
  const say = useWords(sheetWords);
  const text = useText2();
  return (
    <section className={`sheet ${classes.part}`} aria-labelledby="sheet-facts">
      <h2 id="sheet-facts">{say.facts}</h2>
      <dl className={classes.facts}>
        {(["when", "who", "where", "what", "result"] as const).map((name) => (
          <div key={name}>
            <dt>{say[name]}</dt>
            <dd><Hostile text={text(story[name])} /></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Line({ step }: { step: Step }) {
  const say = useWords(sheetWords);
  const text = useText2();
  const path = pathOf(step.link);
  return (
    <>
      <Hostile text={text(step.words)} />
      {path && (
        <>
          {" "}
          <Link href={path} className={`${classes.see} no-print`} aria-label={`${say.see}: ${text(step.words)}`}>
            {say.see}
          </Link>
        </>
      )}
    </>
  );
}

export function Steps({ title, steps }: { title: string; steps: Step[] }) {
  if (steps.length === 0) return null;
  return (
    <section className={`sheet ${classes.part}`} aria-label={title}>
      <h2>{title}</h2>
      <ul className={classes.lines}>
        {steps.map((step, at) => (
          <li key={at}><Line step={step} /></li>
        ))}
      </ul>
    </section>
  );
}

export function FirstSteps({ steps }: { steps: Step[] }) {
  const say = useWords(sheetWords);
  if (steps.length === 0) return null;
  return (
    <section className={`sheet ${classes.part} ${classes.now}`} aria-label={say.steps}>
      <h2>{say.steps}</h2>
      <ol className={classes.steps}>
        {steps.map((step, at) => (
          <li key={at}><Line step={step} /></li>
        ))}
      </ol>
    </section>
  );
}

export function Call({ steps }: { steps: Step[] }) {
  const say = useWords(sheetWords);
  return (
    <section className={`sheet ${classes.part}`} aria-label={say.call}>
      <h2>☎ {say.call}</h2>
      {steps.length === 0 ? (
        <p>
          {say.noCall} <Link href="/admin/company" className="no-print">{say.noCallLink}</Link>
        </p>
      ) : (
        <ul className={classes.lines}>
          {steps.map((step, at) => (
            <li key={at} className={classes.number}><Line step={step} /></li>
          ))}
        </ul>
      )}
    </section>
  );
}
