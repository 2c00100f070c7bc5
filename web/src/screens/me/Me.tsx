// One's own: password, second factor, where one is signed in.
import { Button, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { useSession, useSessionDoor } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Moment } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { EnrolFactor } from "../door/EnrolFactor";
import { NewPassword } from "../door/NewPassword";
import { meWords } from "./meWords";
import classes from "./Me.module.css";

function Password({ open }: { open(): void }) {
  const say = useWords(meWords);
  return (
    <section className="sheet" aria-labelledby="me-password">
      <h2 id="me-password">{say.password}</h2>
      <Button variant="default" onClick={open}>
        {say.changePassword}
      </Button>
    </section>
  );
}

function Factor({ open }: { open(): void }) {
  const say = useWords(meWords);
  const session = useSession();
  const { refresh } = useSessionDoor();
  const { busy, failure, act } = useAct();
  const end = () =>
    void act(async () => {
      await call("delete", "/api/v1/me/totp");
      await refresh();
    });
  return (
    <section className="sheet" aria-labelledby="me-factor">
      <h2 id="me-factor">{say.factor}</h2>
      <p>{session.second_factor ? say.factorOn : say.factorOff}</p>
      {failure !== undefined && <Failure error={failure} />}
      <div className={classes.buttons}>
        <Button variant={session.second_factor ? "default" : "filled"} onClick={open}>
          {session.second_factor ? say.factorAnew : say.factorBegin}
        </Button>
        {session.second_factor && (
          <Button variant="default" loading={busy} onClick={end}>
            {say.factorEnd}
          </Button>
        )}
      </div>
    </section>
  );
}

function Sessions() {
  const say = useWords(meWords);
  const cache = useQueryClient();
  const { failure, act } = useAct();
  const found = useQuery({ queryKey: ["me", "sessions"], queryFn: () => call("get", "/api/v1/me/sessions") });
  const after = (work: () => Promise<unknown>) =>
    void act(async () => {
      await work();
      await cache.invalidateQueries({ queryKey: ["me", "sessions"] });
    });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const sessions = found.data?.sessions ?? [];
  return (
    <section className="sheet" aria-labelledby="me-sessions">
      <h2 id="me-sessions">{say.sessions}</h2>
      <p className="soft">{say.unknownHelp}</p>
      {failure !== undefined && <Failure error={failure} />}
      <Table>
        <Table.Thead>
          <Table.Tr>
            {[say.last, say.since, say.address, say.browser, ""].map((name, at) => (name ? <Table.Th key={at}>{name}</Table.Th> : <Table.Td key={at} />))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sessions.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td><Moment at={one.last} /></Table.Td>
              <Table.Td><Moment at={one.since} /></Table.Td>
              <Table.Td className="mono">{one.address}</Table.Td>
              <Table.Td><Hostile text={one.browser ?? ""} /></Table.Td>
              <Table.Td>
                {one.mine ? (
                  <strong>{say.mine}</strong>
                ) : (
                  <Button variant="default" onClick={() => after(() => call("delete", "/api/v1/me/sessions/{id}", { parts: { id: one.id } }))}>
                    {say.end}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {sessions.length > 1 && (
        <Button variant="default" onClick={() => after(() => call("delete", "/api/v1/me/sessions"))}>
          {say.endOthers}
        </Button>
      )}
    </section>
  );
}

export default function Me() {
  const say = useWords(meWords);
  const { refresh } = useSessionDoor();
  const [step, setStep] = useState<"overview" | "password" | "factor">("overview");
  const [changed, setChanged] = useState(false);
  const back = (said: boolean) => {
    setChanged(said);
    setStep("overview");
    void refresh();
  };
  if (step === "password") return <NewPassword done={() => back(true)} />;
  if (step === "factor") return <EnrolFactor done={() => back(false)} />;
  return (
    <div className={classes.me}>
      <h1>{say.title}</h1>
      {changed && <p role="status">{say.changed}</p>}
      <Password open={() => setStep("password")} />
      <Factor open={() => setStep("factor")} />
      <Sessions />
    </div>
  );
}
