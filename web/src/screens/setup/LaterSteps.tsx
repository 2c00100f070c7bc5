// Mail that is tried, packs that are switched on, and for how many years the disk lasts.
import { Button, Group, Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { call, type Schemas } from "../../api/client";
import { useLanguage } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Failure } from "../../components/Notice";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { setupWords } from "./setupWords";
import classes from "./Setup.module.css";

export function MailStep() {
  const say = useWords(setupWords);
  const text = useText2();
  const [ways, setWays] = useState<Schemas["AlertWay"][] | undefined>();
  const { busy, failure, act } = useAct();
  const send = () => void act(async () => setWays((await call("post", "/api/v1/settings/alert-test")).ways));
  return (
    <div className={classes.form}>
      <p>{say.mailHelp}</p>
      {failure !== undefined && <Failure error={failure} />}
      <Group>
        <Button loading={busy} onClick={send}>{say.mailTest}</Button>
        <Button component={Link} href="/admin/settings" variant="default">{say.settings}</Button>
      </Group>
      <div role="status">
        {ways?.length === 0 && <p>▲ {say.mailNone}</p>}
        {ways?.map((way, at) => (
          <p key={at} className={way.ok ? classes.good : classes.bad}>
            {way.ok ? "✔ " : "✕ "}
            <Hostile text={(way.ok ? say.mailOk : say.mailFailed)([way.way, way.to].filter(Boolean).join(" "))} /> <Hostile text={text(way.words)} />
          </p>
        ))}
      </div>
    </div>
  );
}

export function PacksStep() {
  const say = useWords(setupWords);
  const text = useText2();
  const mayConfigure = useMay("configure");
  const cache = useQueryClient();
  const { failure, act } = useAct();
  const found = useQuery({ queryKey: ["packs"], queryFn: () => call("get", "/api/v1/packs") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const turn = (name: string, on: boolean) =>
    void act(async () => {
      await call("patch", "/api/v1/packs/{name}", { parts: { name }, body: { on } });
      await cache.invalidateQueries({ queryKey: ["packs"] });
    });
  return (
    <div className={classes.form}>
      <p>{say.packsHelp}</p>
      {failure !== undefined && <Failure error={failure} />}
      {found.data?.packs.map((pack) => (
        <div key={pack.name} className={classes.pack}>
          <Switch label={text(pack.title)} aria-label={`${text(pack.title)}：${say.on}`} checked={pack.on} disabled={!mayConfigure} onChange={(event) => turn(pack.name, event.currentTarget.checked)} />
          <p>{text(pack.finds)}</p>
          <p className="soft">
            {say.needs}：{pack.needs.map((need) => `${need.sending ? "✔" : "－"} ${need.title ? text(need.title) : need.dataset}`).join("　")}
          </p>
        </div>
      ))}
    </div>
  );
}

const DAYS_A_YEAR = 365;

export function DoneStep() {
  const say = useWords(setupWords);
  const language = useLanguage();
  const found = useQuery({ queryKey: ["keep"], queryFn: () => call("get", "/api/v1/keep") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return null;
  const { full_in_days: days, retention_days: retention, free_bytes: free } = found.data;
  const number = (value: number) => value.toLocaleString(language, { maximumFractionDigits: 1 });
  const forecast = days === undefined ? say.keepUnknown : days >= DAYS_A_YEAR ? say.keepYears(number(days / DAYS_A_YEAR)) : say.keepDays(number(days));
  return (
    <div className={classes.form}>
      <p className={classes.large}>{forecast}</p>
      <p>{retention ? say.retention(number(retention)) : say.forever}</p>
      <p className="soft">{say.free(number(free / 2 ** 30))}</p>
      <p className={classes.good}>✔ {say.finished}</p>
    </div>
  );
}
