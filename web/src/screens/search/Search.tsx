// ログをさがす: the question, when, how many when, which values, and the records.
import { Button, Checkbox } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { call, urlOf, type Parameters } from "../../api/client";
import { useKeys } from "../../app/keys";
import { useExpert, useLanguage } from "../../app/preferences";
import { useMay, useSession } from "../../app/session";
import { Facets, FACETS_EASY, FACETS_EXPERT } from "../../components/Facets";
import { Histogram } from "../../components/Histogram";
import { Empty, Failure } from "../../components/Notice";
import { condition, narrowed, pipesApart } from "../../components/query/query";
import { moment } from "../../components/query/range";
import { QueryBar } from "../../components/QueryBar";
import { RecordDrawer } from "../../components/RecordDrawer";
import { RowList } from "../../components/RowList";
import { TimePicker } from "../../components/TimePicker";
import { focusedValue, QuestionDoorProvider, ValueMenu, type QuestionDoor } from "../../components/ValueMenu";
import { Who } from "../../components/Who";
import { useWords } from "../../words/words";
import { LIMIT_MAX, parametersOf, useQuestion, type Asking } from "./question";
import { ResultTable } from "./ResultTable";
import { ExportMenu, SavedMenu } from "./Saved";
import { SearchEmpty } from "./SearchEmpty";
import { searchWords } from "./searchWords";
import { Templates } from "./Templates";
import { useRows, type Answer } from "./useRows";
import classes from "./Search.module.css";

/** Counts are of what the filter finds; pipes make a table of it. The records come first: asked at once they would wait. */
function useCounts(asking: Asking, parameters: Parameters | undefined, begun: boolean) {
  const expert = useExpert();
  const q = pipesApart(asking.question.q).filter;
  const given = parameters && { ...parameters, q };
  const key = [given, asking.turn];
  const order = asking.question.order;
  const fields = (expert ? FACETS_EXPERT : FACETS_EASY).join(",");
  const common = { enabled: given !== undefined && begun, placeholderData: keepPreviousData, staleTime: Infinity };
  const histogram = useQuery({
    ...common,
    queryKey: ["search", "histogram", ...key],
    queryFn: ({ signal }) => call("get", "/api/v1/search/histogram", { parameters: { ...given, pieces: 120 }, signal }),
  });
  const facets = useQuery({
    ...common,
    queryKey: ["search", "facets", fields, order, ...key],
    queryFn: ({ signal }) => call("get", "/api/v1/search/facets", { parameters: { ...given, fields, order, values: expert ? 8 : 5 }, signal }),
  });
  return { histogram: histogram.data, facets: facets.data };
}

function State({ answer, asking, total }: { answer: Answer; asking: Asking; total: number | undefined }) {
  const say = useWords(searchWords);
  const language = useLanguage();
  const expert = useExpert();
  const number = (value: number) => value.toLocaleString(language);
  const shown = answer.columns ? answer.cells.length : answer.rows.length;
  const { end, progress } = answer;
  const milliseconds = end ? (end.milliseconds < 1000 ? `${Math.round(end.milliseconds)} ms` : `${(end.milliseconds / 1000).toFixed(1)} s`) : "";
  return (
    <>
      <p role="status">
        <strong>{end?.more ? say.foundMore(number(shown)) : say.found(number(shown))}</strong>
        {end?.more && total !== undefined && !answer.columns && <span className="soft"> / {say.found(number(total))}</span>}
        {answer.running && <span> {say.working(progress?.percent ?? 0)}</span>}
        {expert && end && <span className="soft"> · {say.looked(number(end.rows_seen), milliseconds)}</span>}
      </p>
      {end && !end.complete && <p>▲ {say.incomplete}</p>}
      {answer.cut && !answer.failure && <p>▲ {say.cut}</p>}
      {end?.more && asking.question.limit < LIMIT_MAX && (
        <Button variant="default" size="compact-md" onClick={() => asking.change({ limit: Math.min(LIMIT_MAX, asking.question.limit * 10) })}>{say.more}</Button>
      )}
      {end?.more && asking.question.limit >= LIMIT_MAX && <p className="soft">{say.tooMany}</p>}
    </>
  );
}

function useSearchKeys(asking: Asking, answer: Answer, active: number, setActive: (at: number) => void, pickTime: () => void) {
  const say = useWords(searchWords);
  const [, go] = useLocation();
  const { rows } = answer;
  const step = (by: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, active + by));
    setActive(next);
    if (asking.question.record !== undefined && rows[next]) asking.change({ record: rows[next].number }, true);
  };
  const failure = (by: number) => {
    for (let at = active + by; at >= 0 && at < rows.length; at += by) if (rows[at]?.outcome === "failure") return setActive(at);
  };
  const take = (except: boolean) => {
    const value = focusedValue();
    const verb = rows[active]?.action;
    const chosen = value ?? (verb ? { field: "event.action", value: verb } : undefined);
    if (chosen) asking.change({ q: narrowed(asking.question.q, condition(chosen.field, chosen.value, except)) });
  };
  useKeys([
    { key: "j", label: say.down, act: () => step(1) },
    { key: "k", label: say.up, act: () => step(-1) },
    { key: "Enter", label: say.open, act: () => rows[active] && asking.change({ record: rows[active].number }) },
    { key: "f", label: say.only, act: () => take(false) },
    { key: "F", label: say.except, act: () => take(true) },
    { key: "e", label: say.failureNext, act: () => failure(1) },
    { key: "E", label: say.failurePrevious, act: () => failure(-1) },
    { key: "t", label: say.time, act: pickTime },
    { key: "l", label: say.live, act: () => go(urlOf("/live", { q: pipesApart(asking.question.q).filter })) },
    { key: "u", label: say.undo, act: () => history.back() },
  ]);
  return step;
}

export default function Search() {
  const say = useWords(searchWords);
  const asking = useQuestion();
  const { question, span, change, again } = asking;
  const lang = useLanguage();
  const expert = useExpert();
  const zone = useSession().zone;
  const mayExport = useMay("export");
  const [active, setActive] = useState(-1);
  const [picking, setPicking] = useState(false);
  const parameters = useMemo(() => span && parametersOf(question, span, zone), [question.q, question.all, span, zone]);
  const answer = useRows(useMemo(() => parameters && { ...parameters, lang, limit: question.limit }, [parameters, lang, question.limit]), asking.turn);
  const counts = useCounts(asking, parameters, answer.begun);
  const step = useSearchKeys(asking, answer, active, setActive, () => setPicking(true));
  useEffect(() => setActive(-1), [parameters]);
  const ask = (q: string) => (q === question.q ? again() : change({ q, who: "" }));
  const narrow = (more: string) => change({ q: narrowed(question.q, more) });
  const door = useMemo<QuestionDoor>(
    () => ({ narrow, ask: (next) => change({ q: "", who: "", at: "", ...next, ...(next.from ? { range: "", to: next.to ?? "" } : {}) }) }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [question],
  );
  const fresh = question.q === "" && !question.from && !expert;
  const empty = !answer.running && !answer.failure && answer.rows.length === 0 && answer.cells.length === 0;
  const place = answer.rows.findIndex((row) => row.number === question.record);
  return (
    <QuestionDoorProvider value={door}>
      <ValueMenu>
        <div className={classes.search}>
          <h1 className="unseen">{say.title}</h1>
          <QueryBar q={question.q} ask={ask}>
            <TimePicker {...question} calendar={asking.calendar} opened={picking} setOpened={setPicking} choose={(choice) => change(choice.from ? { range: "", from: choice.from, to: choice.to ?? "" } : { range: choice.range ?? "" })} hours={(token) => narrow(`akashi.calendar:${token}`)} />
          </QueryBar>
          {question.who && <Who of={question.who} at={question.at || undefined} />}
          {!span && <Empty title={say.notTime(question.range)} />}
          {fresh && <Templates ask={(next) => change(next)} />}
          {!counts.histogram && span && <div className={classes.waiting} />}
          {counts.histogram && <Histogram found={counts.histogram} choose={(from, to) => change({ range: "", from: moment(from), to: moment(to) })} />}
          <div className={classes.state}>
            <State answer={answer} asking={asking} total={counts.histogram?.total} />
            <span className={classes.grow} />
            {expert && <Checkbox size="sm" label={say.all} checked={question.all} onChange={(event) => change({ all: event.currentTarget.checked })} />}
            <SavedMenu question={question} ask={change} />
            {mayExport && parameters && <ExportMenu parameters={parameters} />}
          </div>
          {Boolean(answer.failure) && <Failure error={answer.failure} again={again} />}
          {answer.end?.error && <p role="alert">{answer.end.error[lang]}</p>}
          {empty && span ? (
            <SearchEmpty asking={asking} nearest={answer.end?.nearest} />
          ) : (
            <div className={classes.body}>
              <div className={classes.side}><Facets found={counts.facets} order={question.order} setOrder={(order) => change({ order }, true)} /></div>
              <div className={classes.list}>
                {answer.columns ? (
                  <ResultTable columns={answer.columns} cells={answer.cells} />
                ) : (
                  <RowList rows={answer.rows} active={active} setActive={setActive} open={(row) => change({ record: row.number })} />
                )}
              </div>
            </div>
          )}
          {question.record !== undefined && (
            <RecordDrawer
              number={question.record}
              close={() => change({ record: undefined })}
              show={(record) => change({ record })}
              previous={place > 0 ? () => step(-1) : undefined}
              next={place >= 0 && place < answer.rows.length - 1 ? () => step(1) : undefined}
            />
          )}
        </div>
      </ValueMenu>
    </QuestionDoorProvider>
  );
}
