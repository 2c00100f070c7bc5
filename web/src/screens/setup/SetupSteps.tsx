// はじめての設定, once signed in: the company, gear, mail, packs, and how long the disk lasts. Each step has its address.
import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useWords } from "../../words/words";
import { Gear } from "../sources/Gear";
import { CompanyStep } from "./CompanyStep";
import { DoneStep, MailStep, PacksStep } from "./LaterSteps";
import { setupWords } from "./setupWords";
import classes from "./Setup.module.css";

const steps = ["company", "gear", "mail", "packs", "done"] as const;
type Step = (typeof steps)[number];

const isStep = (name: string | undefined): name is Step => steps.includes(name as Step);

export default function SetupSteps() {
  const say = useWords(setupWords);
  const [, go] = useLocation();
  const given = useParams<{ step?: string }>().step;
  const step = isStep(given) ? given : "company";
  const at = steps.indexOf(step);
  const next = () => go(at + 1 < steps.length ? `/setup/${steps[at + 1]}` : "/");
  const screens: Record<Step, ReactNode> = {
    company: <CompanyStep next={next} />,
    gear: (
      <>
        <p>{say.gearHelp}</p>
        <Gear />
      </>
    ),
    mail: <MailStep />,
    packs: <PacksStep />,
    done: <DoneStep />,
  };
  return (
    <div className={classes.setup}>
      <h1>{say.welcome}</h1>
      <nav aria-label={say.steps}>
        <ol className={classes.steps}>
          {steps.map((name, place) => (
            <li key={name}>
              <Link href={`/setup/${name}`} aria-current={name === step ? "step" : undefined}>
                <span aria-hidden="true">{place < at ? "✔" : place + 1}</span> {say[name]}
              </Link>
            </li>
          ))}
        </ol>
      </nav>
      <section className="sheet" aria-labelledby="setup-step">
        <h2 id="setup-step">{say[step]}</h2>
        {screens[step]}
      </section>
      <Group justify="space-between">
        <Button variant="default" disabled={at === 0} onClick={() => go(`/setup/${steps[at - 1]}`)}>{say.back}</Button>
        <Button variant={step === "company" ? "default" : "filled"} onClick={next}>{step === "company" ? say.later : step === "done" ? say.finish : say.next}</Button>
      </Group>
    </div>
  );
}
