// How far an attack has come, as five steps; and when each rule found something, as bars (their table stands below).
import { useLanguage } from "../../app/preferences";
import { useSession } from "../../app/session";
import { momentText } from "../../components/Moment";
import { useText2, useWords } from "../../words/words";
import type { Story } from "./AlertPage";
import { alertWords } from "./alertWords";
import { sheetWords } from "./sheetWords";
import classes from "./Phases.module.css";

type Phase = NonNullable<Story["head"]["phase"]>;
const PHASES: Phase[] = ["intrusion", "infection", "spread", "theft", "destruction"];

export function Phases({ story }: { story: Story }) {
  const say = useWords(sheetWords);
  const list = useWords(alertWords);
  const { zone_offset_seconds: offset = 0 } = useSession();
  const found = story.phases;
  if (!found || found.length === 0) return null;
  return (
    <section aria-label={say.phases}>
      <h2>{say.phases}</h2>
      <ol className={classes.phases}>
        {PHASES.map((phase) => {
          const one = found.find((other) => other.phase === phase);
          const seen = one?.seen === true;
          return (
            <li key={phase} className={seen ? classes.seen : undefined}>
              <span aria-hidden="true">{seen ? "●" : "○"}</span> {list[phase]}
              <span className={classes.when}>{seen ? (one?.at ? momentText(one.at, offset, false) : say.phaseSeen) : say.phaseUnseen}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Bars narrower than this could not be seen. */
const BAR_PERCENT_MIN = 0.8;

export function Timeline({ story }: { story: Story }) {
  const say = useWords(sheetWords);
  const text = useText2();
  const language = useLanguage();
  const { zone_offset_seconds: offset = 0 } = useSession();
  if (story.findings.length === 0) return null;
  const begin = Math.min(...story.findings.map((one) => Date.parse(one.first)));
  const end = Math.max(...story.findings.map((one) => Date.parse(one.last)));
  const whole = Math.max(1, end - begin);
  const at = (moment: string) => ((Date.parse(moment) - begin) / whole) * 100;
  return (
    <section aria-label={say.timeline}>
      <h2>{say.timeline}</h2>
      <p className="soft no-print">{say.timelineHelp}</p>
      <div className={`sheet ${classes.timeline}`} aria-hidden="true" lang={language}>
        {story.findings.map((one) => {
          const left = Math.min(at(one.first), 100 - BAR_PERCENT_MIN);
          const width = Math.max(at(one.last) - at(one.first), BAR_PERCENT_MIN);
          return (
            <div key={one.rule} className={classes.lane}>
              <bdi className={classes.name}>{text(one.title)}</bdi>
              <span className={classes.track}>
                <span className={`${classes.bar} ${classes[one.level]}`} style={{ left: `${left}%`, width: `${width}%` }} />
              </span>
            </div>
          );
        })}
        <div className={`${classes.lane} soft`}>
          <span />
          <span className={classes.ends}>
            <span>{momentText(new Date(begin).toISOString(), offset)}</span>
            <span>{momentText(new Date(end).toISOString(), offset)}</span>
          </span>
        </div>
      </div>
    </section>
  );
}
