// Questions that people really have, ready to be asked.
import { Button, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { condition, somewhere } from "../../components/query/query";
import { useLanguage } from "../../app/preferences";
import { useWords, words } from "../../words/words";
import type { Question } from "./question";
import classes from "./Search.module.css";

const table = words({
  ja: {
    title: "よくある質問から始める",
    ask: "さがす",
    such: (label: string, example: string) => `${label}（${example}）`,
    nightTitle: "昨日の夜の失敗ログオン", nightHelp: "夜に入ろうとして失敗した人がいないか。",
    fileTitle: "このファイルを消した人", fileHelp: "だれがいつ消したか（30日分）。", fileLabel: "ファイル名の一部", fileExample: "見積.xlsx",
    whoTitle: "このIPはだれ", whoHelp: "そのアドレスをその時使っていた端末と人。", whoLabel: "IPアドレス", whoExample: "192.168.1.20",
    personTitle: "この人の今日の操作", personHelp: "ログオン、ファイル、印刷など、今日したこと。", personLabel: "ユーザー名", personExample: "tanaka",
    holidayTitle: "休日の操作", holidayHelp: "休日に動いた人とファイル（30日分）。",
    deviceTitle: "USB機器の接続", deviceHelp: "この7日間に、どの端末に何がつながれたか。",
  },
  en: {
    title: "Begin with a question people often have",
    ask: "Search",
    such: (_: string, example: string) => `such as ${example}`,
    nightTitle: "Failed logons of last night", nightHelp: "Did anyone try to come in during the night, and fail?",
    fileTitle: "Who deleted this file", fileHelp: "Who deleted the file that is gone, and when (30 days).", fileLabel: "Part of its name", fileExample: "estimate.xlsx",
    whoTitle: "Who is this address", whoHelp: "The computer and the person behind it at that moment.", whoLabel: "IP address", whoExample: "192.168.1.20",
    personTitle: "What this person did today", personHelp: "Logons, files, printing: everything of today.", personLabel: "User name", personExample: "tanaka",
    holidayTitle: "Activity on days off", holidayHelp: "Who and what was active on days off (30 days).",
    deviceTitle: "USB devices connected", deviceHelp: "What was plugged into which computer in these 7 days.",
  },
});

interface Given {
  ask(question: Partial<Question>): void;
}

function Asked({ label, example, ask }: { label: string; example: string; ask(text: string): void }) {
  const say = useWords(table);
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) ask(text.normalize("NFKC").trim());
  };
  return (
    <form onSubmit={submit}>
      <TextInput aria-label={label} placeholder={say.such(label, example)} value={text} maxLength={200} required onChange={(event) => setText(event.currentTarget.value)} />
      <Button type="submit" variant="default">{say.ask}</Button>
    </form>
  );
}

export function Templates({ ask }: Given) {
  const say = useWords(table);
  const japanese = useLanguage() === "ja";
  const name = (ja: string, en: string) => (japanese ? ja : en);
  const deleted = name("操作:(削除 OR ごみ箱へ移動)", "action:DELETE*");
  const plain = (title: string, help: string, question: Partial<Question>) => (
    <div className={classes.card}>
      <h3>{title}</h3>
      <p>{help}</p>
      <Button variant="default" aria-label={`${title}：${say.ask}`} onClick={() => ask(question)}>{say.ask}</Button>
    </div>
  );
  const filled = (title: string, help: string, label: string, example: string, question: (text: string) => Partial<Question>) => (
    <div className={classes.card}>
      <h3>{title}</h3>
      <p>{help}</p>
      <Asked label={label} example={example} ask={(text) => ask(question(text))} />
    </div>
  );
  return (
    <section aria-label={say.title}>
      <h2 className={classes.title}>{say.title}</h2>
      <div className={classes.cards}>
        {plain(say.nightTitle, say.nightHelp, { q: name("操作:ログオン失敗", "action:LOGON_FAIL"), range: "last night" })}
        {filled(say.fileTitle, say.fileHelp, say.fileLabel, say.fileExample, (text) => ({ q: `${deleted} ${name("ファイル", "file")}:${somewhere(text)}`, range: "30d" }))}
        {filled(say.whoTitle, say.whoHelp, say.whoLabel, say.whoExample, (text) => ({ q: condition("source.ip", text), who: text, range: "24h" }))}
        {filled(say.personTitle, say.personHelp, say.personLabel, say.personExample, (text) => ({ q: condition(name("ユーザー", "user"), text), range: "today" }))}
        {plain(say.holidayTitle, say.holidayHelp, { q: name("暦:holiday", "calendar:holiday"), range: "30d" })}
        {plain(say.deviceTitle, say.deviceHelp, { q: name("操作:機器接続", "action:DEVICE_CONNECT"), range: "7d" })}
      </div>
    </section>
  );
}
