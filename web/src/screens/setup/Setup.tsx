// はじめての設定, before anyone can sign in: the language, and the first administrator.
import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { call } from "../../api/client";
import { usePreferences } from "../../app/preferences";
import { useSessionDoor } from "../../app/session";
import { PasswordField } from "../../components/PasswordField";
import { useWords, type Language } from "../../words/words";
import { DoorFrame, useAct } from "../door/DoorFrame";
import { setupWords } from "./setupWords";

const FIRST_STEP = "/setup/company";

export default function Setup() {
  const say = useWords(setupWords);
  const { now, change } = usePreferences();
  const { take } = useSessionDoor();
  const [, go] = useLocation();
  const [given, setGiven] = useState({ code: "", user: "", password: "", again: "" });
  const { busy, failure, act } = useAct();
  const state = useQuery({ queryKey: ["setup"], queryFn: () => call("get", "/api/v1/setup") });
  const differ = given.again !== "" && given.again !== given.password;
  const field = (name: keyof typeof given) => ({
    value: given[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setGiven((was) => ({ ...was, [name]: value }));
    },
  });
  const begin = (event: FormEvent) => {
    event.preventDefault();
    if (given.password !== given.again) return;
    void act(async () => {
      const { code, user, password } = given;
      const session = await call("post", "/api/v1/setup", { body: { code: code.normalize("NFKC").trim(), user: user.trim(), password, language: now.language } });
      // the second factor comes next, at the door; then these steps
      go(FIRST_STEP);
      take(session);
    });
  };
  return (
    <DoorFrame title={say.welcome} failure={failure} onSubmit={begin}>
      <SegmentedControl
        aria-label="言語 / Language"
        value={now.language}
        onChange={(language) => change({ language: language as Language })}
        data={[{ value: "ja", label: "日本語" }, { value: "en", label: "English" }]}
      />
      <p>{say.welcomeHelp}</p>
      {state.data?.clock_wrong && <p role="alert">▲ {say.clockWrong(state.data.clock ?? "")}</p>}
      <TextInput label={say.codeLabel} description={say.codeHelp} autoComplete="off" spellCheck={false} required autoFocus maxLength={64} {...field("code")} />
      <TextInput label={say.user} description={say.userHelp} autoComplete="username" autoCapitalize="none" spellCheck={false} required maxLength={128} {...field("user")} />
      <PasswordField label={say.password} description={say.passwordHelp} autoComplete="new-password" {...field("password")} />
      <PasswordField label={say.again} autoComplete="new-password" error={differ ? say.differ : undefined} {...field("again")} />
      <Button type="submit" size="md" loading={busy} disabled={differ}>{say.begin}</Button>
    </DoorFrame>
  );
}
