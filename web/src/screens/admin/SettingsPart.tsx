// All settings, with their words; changed together, all or none.
import { Button, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Schemas } from "../../api/client";
import { useExpert } from "../../app/preferences";
import { Glossed } from "../../components/Glossary";
import { Empty, Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { useUrlState } from "../../components/urlState";
import { useText2, useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { adminWords } from "./adminWords";
import { AlertTest } from "./AlertTest";
import { grouped, settingGroups } from "./settingGroups";
import { choiceWords, unitWords } from "./settingWords";
import classes from "./Admin.module.css";

type Setting = Schemas["Setting"];

function Field({ setting, value, onChange }: { setting: Setting; value: string; onChange(value: string): void }) {
  const text = useText2();
  const label = text(setting.words);
  const given = { "aria-label": label, className: classes.input };
  const unit = text(unitWords(setting.unit ?? ""));
  if (setting.type === "choice") return <Select {...given} allowDeselect={false} data={(setting.choices ?? []).map((token) => ({ value: token, label: text(choiceWords(setting.key, token)) }))} value={value} onChange={(next) => onChange(next ?? value)} />;
  if (setting.type === "int") {
    return (
      <NumberInput
        {...given}
        allowDecimal={false}
        hideControls
        min={setting.least}
        max={setting.most}
        clampBehavior="none"
        suffix={unit && ` ${unit}`}
        value={value}
        onChange={(next) => onChange(String(next))}
      />
    );
  }
  return <TextInput {...given} maxLength={255} spellCheck={false} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

function SettingRow({ setting, value, onChange }: { setting: Setting; value: string; onChange(value: string): void }) {
  const say = useWords(adminWords);
  const text = useText2();
  const expert = useExpert();
  const differs = value !== setting.default;
  const usual = setting.type === "choice" ? text(choiceWords(setting.key, setting.default)) : `${setting.default} ${text(unitWords(setting.unit ?? ""))}`.trim();
  return (
    <div className={classes.setting}>
      <div>
        <Glossed text={text(setting.words)} />
        <div className={`${classes.small} soft`}>
          {expert && <span className="mono">{setting.key}</span>}
          {differs && <span>{say.usual(setting.default === "" ? say.empty : usual)}</span>}
          {setting.type === "int" && setting.least !== undefined && setting.most !== undefined && expert && <span>{say.range(String(setting.least), String(setting.most))}</span>}
          {setting.secret && <span>{say.secret}</span>}
          {setting.restart && expert && <span>{say.restart}</span>}
        </div>
      </div>
      <Field setting={setting} value={value} onChange={onChange} />
      <span className={differs ? classes.tag : undefined}>{differs && say.changed}</span>
    </div>
  );
}

function All({ settings }: { settings: Setting[] }) {
  const say = useWords(adminWords);
  const groups = useWords(settingGroups);
  const text = useText2();
  const { count } = useNumbers();
  const cache = useQueryClient();
  const { busy, failure, act } = useAct();
  const [wanted, setWanted] = useUrlState("text");
  const [only, setOnly] = useUrlState("changed");
  const [typed, setTyped] = useState<ReadonlyMap<string, string>>(new Map());
  const [told, setTold] = useState("");
  const fold = (words: string) => words.normalize("NFKC").toLowerCase();
  const shown = settings.filter((one) => {
    if (only && one.value === one.default && !typed.has(one.key)) return false;
    return fold(`${one.key} ${text(one.words)}`).includes(fold(wanted.trim()));
  });
  const change = (setting: Setting, value: string) => {
    const next = new Map(typed);
    if (value === setting.value) next.delete(setting.key);
    else next.set(setting.key, value);
    setTyped(next);
    setTold("");
  };
  const save = () =>
    void act(async () => {
      const answer = await call("patch", "/api/v1/settings", { body: { settings: [...typed].map(([key, value]) => ({ key, value })) } });
      await cache.invalidateQueries({ queryKey: ["settings"] });
      setTyped(new Map());
      setTold(answer.restart ? say.savedRestart : say.saved);
    });
  return (
    <>
      <div className={classes.filters}>
        <TextInput label={say.searchSettings} value={wanted} maxLength={128} onChange={(event) => setWanted(event.currentTarget.value)} />
        <Switch label={say.onlyChanged} checked={only === "true"} onChange={(event) => setOnly(event.currentTarget.checked ? "true" : "")} />
      </div>
      {shown.length === 0 && <Empty title={say.noSetting} />}
      {grouped(shown).map(([group, some]) => (
        <section key={group} className="sheet" aria-label={groups[group]}>
          <h2><Glossed text={groups[group]} /></h2>
          {some.map((one) => (
            <SettingRow key={one.key} setting={one} value={typed.get(one.key) ?? one.value} onChange={(value) => change(one, value)} />
          ))}
          {group === "alert" && <AlertTest />}
        </section>
      ))}
      {failure !== undefined && <Failure error={failure} />}
      <p role="status" className={classes.told}>{told && `✔ ${told}`}</p>
      {typed.size > 0 && (
        <div className={classes.bar}>
          <Button loading={busy} onClick={save}>{say.saveSettings(count(typed.size))}</Button>
          <Button variant="default" onClick={() => setTyped(new Map())}>{say.discard}</Button>
        </div>
      )}
    </>
  );
}

export function SettingsPart() {
  const say = useWords(adminWords);
  const found = useQuery({ queryKey: ["settings"], queryFn: () => call("get", "/api/v1/settings") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  return (
    <>
      <p className="soft">{say.settingsHelp}</p>
      {found.data && <All settings={found.data.settings} />}
    </>
  );
}
