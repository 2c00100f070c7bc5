// The state of today: one sentence and a light, at most three things to do, and the few figures that matter.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { call, urlOf, type Schemas } from "../../api/client";
import { useExpert } from "../../app/preferences";
import { useSession } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Light } from "../../components/Light";
import { ListTable } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Empty, Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { Stat, Stats } from "../../components/Stat";
import { useStanding } from "../../components/stateWords";
import { pathOf } from "../../components/urlState";
import { useText2, useWords } from "../../words/words";
import { homeWords } from "./homeWords";
import classes from "./Home.module.css";

type HomeState = Schemas["Home"];

const ASKED_AGAIN_MS = 15_000;

function Sentence({ home }: { home: HomeState }) {
  const say = useWords(homeWords);
  const text = useText2();
  return (
    <section className={`${classes.sentence} ${classes[home.light]}`} aria-live="polite">
      <p className={classes.light}>
        <Light state={home.light} word={say[home.light]} size={44} />
      </p>
      <p className={classes.words}>
        <Hostile text={text(home.sentence)} />
      </p>
    </section>
  );
}

function Todo({ todo }: { todo: HomeState["todo"] }) {
  const say = useWords(homeWords);
  const text = useText2();
  return (
    <section aria-labelledby="home-todo">
      <h2 id="home-todo">{say.todo}</h2>
      {todo.length === 0 && <p className="sheet">{say.nothing}</p>}
      {todo.length > 0 && (
        <ol className={classes.todo}>
          {todo.map((one, at) => {
            const path = pathOf(one.link);
            return (
              <li key={at} className="sheet">
                <span className={classes.number} aria-hidden="true">{at + 1}</span>
                <span className={classes.task}><Hostile text={text(one.words)} /></span>
                {path && (
                  <Button component={Link} href={path} aria-label={`${say.open}: ${text(one.words)}`}>
                    {say.open}
                  </Button>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

function Figures({ home }: { home: HomeState }) {
  const say = useWords(homeWords);
  const { count, days } = useNumbers();
  const standing = useStanding();
  const verified = standing.verified(home.verified);
  const backup = standing.backup(home.backup);
  const sending = home.sources - home.silent.length;
  const silent = home.sources === 0 ? say.noSource : home.silent.length > 0 ? say.silentNote(count(home.silent.length)) : say.allSend;
  return (
    <section aria-labelledby="home-now">
      <h2 id="home-now">{say.now}</h2>
      <Stats>
        <Stat label={say.alerts} value={count(home.stories.new)} unit={say.items} to="/alerts" note={say.alertsNote(count(home.stories.seen), count(home.stories.progress))} />
        <Stat label={say.sources} value={count(Math.max(0, sending))} unit={say.machines} to="/sources" note={silent} />
        <Stat label={say.today} value={count(home.rows_today)} unit={say.items} to={urlOf("/search", { q: "" })} note={say.todayNote(count(home.rows))} />
        <Stat label={say.kept} value={days(home.kept_days)} to="/keep" note={say.keptNote} />
        <Stat label={say.proof} value={verified.word} light={verified.light} to="/keep" note={home.verified?.at && <Moment at={home.verified.at} seconds={false} />} />
        <Stat
          label={say.backup}
          value={backup.word}
          light={backup.light}
          to="/keep"
          note={
            <>
              {home.backup?.at && <Moment at={home.backup.at} seconds={false} />}
              {home.backup?.generations !== undefined && ` ${say.generations(count(home.backup.generations))}`}
            </>
          }
        />
      </Stats>
    </section>
  );
}

function Silent({ silent }: { silent: HomeState["silent"] }) {
  const say = useWords(homeWords);
  const text = useText2();
  const { count } = useNumbers();
  if (silent.length === 0) return null;
  return (
    <section aria-labelledby="home-silent">
      <h2 id="home-silent">{say.silent}</h2>
      <ListTable
        label={say.silent}
        rows={silent}
        keyOf={(one) => one.name}
        columns={[
          {
            key: "machine",
            title: say.machine,
            cell: (one) => (
              <Link href={urlOf("/sources", { name: one.name })}>
                <Hostile text={one.name} /> {one.title && <span className="soft">{text(one.title)}</span>}
              </Link>
            ),
          },
          { key: "since", title: say.silentSince, cell: (one) => { const at = one.silent_since ?? one.last; return at && <Moment at={at} seconds={false} />; } },
          { key: "usually", title: say.usually, cell: (one) => one.expected_within_seconds !== undefined && say.minutes(count(Math.max(1, one.expected_within_seconds / 60))) },
        ]}
      />
    </section>
  );
}

function Inside({ home }: { home: HomeState }) {
  const say = useWords(homeWords);
  const { about, count } = useNumbers();
  return (
    <section aria-labelledby="home-inside">
      <h2 id="home-inside">{say.inside}</h2>
      <Stats>
        <Stat label={say.rate} value={home.rows_per_second === undefined ? "–" : about(home.rows_per_second)} />
        <Stat label={say.lag} value={home.lag_ms === undefined ? "–" : count(home.lag_ms)} unit="ms" />
        <Stat label={say.behind} value={home.detect_behind_rows === undefined ? "–" : count(home.detect_behind_rows)} unit={say.behindUnit} />
        <Stat label={say.ruleErrors} value={home.rule_errors === undefined ? "–" : count(home.rule_errors)} to="/packs?part=rules" />
      </Stats>
    </section>
  );
}

export default function Home() {
  const say = useWords(homeWords);
  const expert = useExpert();
  const { zone } = useSession();
  const found = useQuery({ queryKey: ["home"], queryFn: () => call("get", "/api/v1/home"), refetchInterval: ASKED_AGAIN_MS });
  if (found.error && !found.data) return <Failure error={found.error} again={() => void found.refetch()} />;
  const home = found.data;
  return (
    <div className={classes.home}>
      <div className={classes.head}>
        <h1>{say.title}</h1>
        {zone && <span className="soft">{say.zone(zone)}</span>}
      </div>
      {found.error && <Failure error={found.error} />}
      {home && (
        <>
          <Sentence home={home} />
          {home.sources === 0 && (
            <Empty title={say.setUpTitle}>
              <p>{say.setUpHelp}</p>
              <Button component={Link} href="/sources/add">{say.setUp}</Button>
            </Empty>
          )}
          <Todo todo={home.todo} />
          <Figures home={home} />
          <Silent silent={home.silent} />
          {expert && <Inside home={home} />}
        </>
      )}
    </div>
  );
}
