// The front door: password, second factor, and what must be set up before one may come in.
import { Anchor, Button, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { call, setCsrf, type Schemas } from "../../api/client";
import { usePreferences } from "../../app/preferences";
import { useSessionDoor } from "../../app/session";
import { PasswordField } from "../../components/PasswordField";
import { useWords } from "../../words/words";
import { DoorFrame, useAct } from "./DoorFrame";
import { doorWords } from "./doorWords";
import { EnrolFactor } from "./EnrolFactor";
import { NewPassword } from "./NewPassword";

function Password({ done }: { done(session: Schemas["Session"]): void }) {
  const say = useWords(doorWords);
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const { busy, failure, act } = useAct();
  const enter = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => done(await call("post", "/api/v1/session", { body: { user, password } })));
  };
  return (
    <DoorFrame title={say.title} failure={failure} onSubmit={enter}>
      <TextInput
        label={say.user}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        maxLength={128}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      <PasswordField
        label={say.password}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" size="md" loading={busy}>
        {say.enter}
      </Button>
      <p className="soft">{say.forgotten}</p>
    </DoorFrame>
  );
}

function SecondFactor({ done, back }: { done(session: Schemas["Session"]): void; back(): void }) {
  const say = useWords(doorWords);
  const [code, setCode] = useState("");
  const { busy, failure, act } = useAct();
  const enter = (event: FormEvent) => {
    event.preventDefault();
    // full-width digits, as an input method leaves them, mean the same
    const plain = code.normalize("NFKC").replace(/\s/g, "");
    void act(async () => done(await call("post", "/api/v1/session/code", { body: { code: plain } })));
  };
  return (
    <DoorFrame title={say.codeTitle} failure={failure} onSubmit={enter}>
      <TextInput
        label={say.code}
        description={say.codeHelp}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        autoFocus
        maxLength={64}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" size="md" loading={busy}>
        {say.next}
      </Button>
      <Anchor component="button" type="button" onClick={back}>
        {say.back}
      </Anchor>
    </DoorFrame>
  );
}

/** Shown to who is not, or not wholly, signed in; the address stays, so that the way in leads to the same view. */
export default function Door() {
  const { state, take, refresh } = useSessionDoor();
  const [asked, setAsked] = useState<Schemas["Session"] | undefined>();
  const { now, change } = usePreferences();
  const session = asked ?? (state.kind === "in" ? state.session : undefined);
  const done = (next: Schemas["Session"]) => {
    setCsrf(next.csrf); // what is still to be done changes something, too
    if (next.state === "signed_in") take(next);
    else setAsked(next);
  };
  const again = () => {
    setAsked(undefined);
    void refresh();
  };
  const screen = {
    second_factor: <SecondFactor done={done} back={() => setAsked(undefined)} />,
    new_password: <NewPassword done={again} />,
    enrol_second_factor: <EnrolFactor done={again} />,
    signed_in: <Password done={done} />,
  }[session?.state ?? "signed_in"];
  return (
    <>
      {screen}
      <DoorLanguage change={() => change({ language: now.language === "ja" ? "en" : "ja" })} />
    </>
  );
}

function DoorLanguage({ change }: { change(): void }) {
  const say = useWords(doorWords);
  const { now } = usePreferences();
  return (
    <p style={{ textAlign: "center" }}>
      <Anchor component="button" type="button" lang={now.language === "ja" ? "en" : "ja"} onClick={change}>
        {say.language}
      </Anchor>
    </p>
  );
}
