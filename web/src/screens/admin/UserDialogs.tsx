// What is asked before a user is made or changed.
import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { Confirm } from "../../components/Confirm";
import { Hostile } from "../../components/Hostile";
import { useWords } from "../../words/words";
import { adminWords } from "./adminWords";
import { GrantFields, grantOf, grantText } from "./GrantFields";
import type { User } from "./UsersPart";
import classes from "./Admin.module.css";

export type UserAct = "change" | "newPassword" | "resetFactor" | "signOut" | "stop" | "resume" | "delete";

/** Signs that are not taken for one another when they are read out. */
const SIGNS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** About 98 bits, in groups that can be read out on the telephone. */
function madePassword(): string {
  const group = () => {
    let text = "";
    while (text.length < GROUP_LENGTH) {
      const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
      // the rest would come more often
      if (byte < 256 - (256 % SIGNS.length)) text += SIGNS[byte % SIGNS.length] ?? "";
    }
    return text;
  };
  return Array.from({ length: GROUPS }, group).join("-");
}

function PasswordGiven({ value, onChange }: { value: string; onChange(value: string): void }) {
  const say = useWords(adminWords);
  return (
    <div className={classes.password}>
      <TextInput
        classNames={{ input: "mono" }}
        label={say.firstPassword}
        description={say.firstPasswordHelp}
        autoComplete="off"
        spellCheck={false}
        required
        maxLength={256}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Button variant="default" onClick={() => onChange(madePassword())}>{say.makePassword}</Button>
    </div>
  );
}

function useAfter(): () => Promise<void> {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: ["users"] });
}

export function AddUser({ close }: { close(): void }) {
  const say = useWords(adminWords);
  const after = useAfter();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [grant, setGrant] = useState(grantText(undefined));
  const add = async () => {
    await call("post", "/api/v1/users", { body: { name: name.trim(), password, grants: [grantOf(grant)] } });
    await after();
  };
  return (
    <Confirm title={say.addUser} go={say.add} close={close} act={add} unready={name.trim() === "" || password === ""}>
      <TextInput label={say.name} description={say.nameHelp} data-autofocus required maxLength={128} autoComplete="off" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <PasswordGiven value={password} onChange={setPassword} />
      <GrantFields value={grant} onChange={setGrant} />
    </Confirm>
  );
}

export function UserDialog({ user, act, close }: { user: User; act: UserAct; close(): void }) {
  const say = useWords(adminWords);
  const after = useAfter();
  const [password, setPassword] = useState("");
  const [grant, setGrant] = useState(grantText(user.grants[0]));
  const parts = { name: user.name };
  const change = (body: { password?: string; grants?: User["grants"]; on?: boolean }) => call("patch", "/api/v1/users/{name}", { parts, body });
  const table: Record<UserAct, { help: string; run(): Promise<unknown> }> = {
    // further grants of a user stay as they are
    change: { help: say.changeHelp, run: () => change({ grants: [grantOf(grant), ...user.grants.slice(1)] }) },
    newPassword: { help: say.firstPasswordHelp, run: () => change({ password }) },
    resetFactor: { help: say.resetFactorHelp, run: () => call("delete", "/api/v1/users/{name}/totp", { parts }) },
    signOut: { help: say.signOutHelp, run: () => call("delete", "/api/v1/users/{name}/sessions", { parts }) },
    stop: { help: say.stopHelp, run: () => change({ on: false }) },
    resume: { help: say.resumeHelp, run: () => change({ on: true }) },
    delete: { help: say.deleteHelp, run: () => call("delete", "/api/v1/users/{name}", { parts }) },
  };
  const { help, run } = table[act];
  return (
    <Confirm
      title={say[act]}
      go={act === "change" || act === "newPassword" ? say.save : say[act]}
      harmful={act === "delete" || act === "stop"}
      close={close}
      unready={act === "newPassword" && password === ""}
      act={async () => {
        await run();
        await after();
      }}
    >
      <p><strong><Hostile text={user.name} /></strong></p>
      {act !== "newPassword" && <p>{help}</p>}
      {act === "change" && <GrantFields value={grant} onChange={setGrant} />}
      {act === "newPassword" && <PasswordGiven value={password} onChange={setPassword} />}
    </Confirm>
  );
}
