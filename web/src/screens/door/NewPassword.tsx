// A password chosen by somebody else is changed before anything is shown.
import { Button } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { call } from "../../api/client";
import { PasswordField } from "../../components/PasswordField";
import { useWords } from "../../words/words";
import { DoorFrame, useAct } from "./DoorFrame";
import { doorWords } from "./doorWords";

export function NewPassword({ done }: { done(): void }) {
  const say = useWords(doorWords);
  const [old, setOld] = useState("");
  const [chosen, setChosen] = useState("");
  const [again, setAgain] = useState("");
  const { busy, failure, act } = useAct();
  const differ = again !== "" && again !== chosen;
  const change = (event: FormEvent) => {
    event.preventDefault();
    if (chosen !== again) return;
    void act(async () => {
      await call("put", "/api/v1/me/password", { body: { old, new: chosen } });
      done();
    });
  };
  return (
    <DoorFrame title={say.newTitle} failure={failure} onSubmit={change}>
      <PasswordField
        label={say.oldPassword}
        autoComplete="current-password"
        autoFocus
        value={old}
        onChange={(event) => setOld(event.currentTarget.value)}
      />
      <PasswordField
        label={say.newPassword}
        description={say.newHelp}
        autoComplete="new-password"
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      <PasswordField
        label={say.again}
        autoComplete="new-password"
        error={differ ? say.differ : undefined}
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
      <Button type="submit" size="md" loading={busy} disabled={differ}>
        {say.change}
      </Button>
    </DoorFrame>
  );
}
