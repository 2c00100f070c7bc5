// From where one may come in, for how long, and who needs a second factor.
import { Button, Checkbox, NumberInput, Stack, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, type Schemas } from "../../api/client";
import { Failure } from "../../components/Notice";
import { useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { adminWords } from "./adminWords";
import { ROLES } from "./GrantFields";
import classes from "./Admin.module.css";

type Access = Schemas["Access"];

const linesOf = (text: string) => text.normalize("NFKC").split(/[\s,]+/).filter(Boolean);

function Form({ access }: { access: Access }) {
  const say = useWords(adminWords);
  const cache = useQueryClient();
  const { busy, failure, act } = useAct();
  const [allowed, setAllowed] = useState(access.allowed_networks.join("\n"));
  const [trusted, setTrusted] = useState(access.trusted_networks.join("\n"));
  const [idle, setIdle] = useState<number | string>(access.idle_minutes);
  const [absolute, setAbsolute] = useState<number | string>(access.absolute_hours);
  const [roles, setRoles] = useState<string[]>(access.second_factor_roles);
  const [saved, setSaved] = useState(false);
  const save = (event: FormEvent) => {
    event.preventDefault();
    setSaved(false);
    void act(async () => {
      await call("put", "/api/v1/access", {
        body: {
          allowed_networks: linesOf(allowed),
          trusted_networks: linesOf(trusted),
          idle_minutes: Number(idle),
          absolute_hours: Number(absolute),
          second_factor_roles: roles as Access["second_factor_roles"],
        },
      });
      await cache.invalidateQueries({ queryKey: ["access"] });
      setSaved(true);
    });
  };
  return (
    <form className={`sheet ${classes.form}`} onSubmit={save}>
      <Textarea classNames={{ input: "mono" }} label={say.allowed} description={say.allowedHelp} rows={4} value={allowed} onChange={(event) => setAllowed(event.currentTarget.value)} />
      <Textarea classNames={{ input: "mono" }} label={say.trusted} description={say.trustedHelp} rows={3} value={trusted} onChange={(event) => setTrusted(event.currentTarget.value)} />
      <NumberInput label={say.idle} min={1} max={480} allowDecimal={false} hideControls required value={idle} onChange={setIdle} />
      <NumberInput label={say.absolute} min={1} max={24} allowDecimal={false} hideControls required value={absolute} onChange={setAbsolute} />
      <Checkbox.Group label={say.factorRoles} value={roles} onChange={setRoles}>
        <Stack gap="xs" mt="xs">
          {ROLES.map((role) => <Checkbox key={role} value={role} label={say[role]} />)}
        </Stack>
      </Checkbox.Group>
      {failure !== undefined && <Failure error={failure} />}
      <div className={classes.buttons}>
        <Button type="submit" loading={busy}>{say.save}</Button>
        {saved && <span role="status">✔ {say.saved}</span>}
      </div>
    </form>
  );
}

export function AccessPart() {
  const say = useWords(adminWords);
  const found = useQuery({ queryKey: ["access"], queryFn: () => call("get", "/api/v1/access") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  return (
    <>
      <p className="soft">{say.accessHelp}</p>
      {found.data && <Form access={found.data} />}
    </>
  );
}
