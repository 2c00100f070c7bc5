// The working hours, the days off, the addresses: what Akashi cannot know by itself.
import { Button, Checkbox, Group, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call } from "../../api/client";
import { Failure } from "../../components/Notice";
import { useWords } from "../../words/words";
import { useAct } from "../door/DoorFrame";
import { companyYaml, unwritten } from "./company";
import { setupWords } from "./setupWords";
import classes from "./Setup.module.css";

export function CompanyStep({ next }: { next(): void }) {
  const say = useWords(setupWords);
  const cache = useQueryClient();
  const [form, setForm] = useState({ name: "", from: "08:30", to: "17:30", saturday: false, holidays: true, ownHolidays: "", networks: "" });
  const found = useQuery({ queryKey: ["company"], queryFn: () => call("get", "/api/v1/company"), staleTime: 0 });
  const { busy, failure, act } = useAct();
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  if (found.data && !unwritten(found.data.yaml)) return <p>✔ {say.keepYaml}</p>;
  const text = (name: "name" | "from" | "to" | "ownHolidays" | "networks") => ({
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value }),
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      await call("put", "/api/v1/company", { body: { yaml: companyYaml(form) } });
      await cache.invalidateQueries({ queryKey: ["company"] });
      next();
    });
  };
  return (
    <form onSubmit={save} className={classes.form}>
      <p>{say.companyHelp}</p>
      {failure !== undefined && <Failure error={failure} />}
      <TextInput label={say.name} maxLength={200} {...text("name")} />
      <Group>
        <TextInput type="time" label={say.from} required {...text("from")} />
        <TextInput type="time" label={say.to} required {...text("to")} />
      </Group>
      <Checkbox label={say.saturday} checked={form.saturday} onChange={(event) => setForm({ ...form, saturday: event.currentTarget.checked })} />
      <Checkbox label={say.holidays} checked={form.holidays} onChange={(event) => setForm({ ...form, holidays: event.currentTarget.checked })} />
      <Textarea label={say.ownHolidays} autosize minRows={2} maxRows={8} maxLength={10_000} {...text("ownHolidays")} />
      <Textarea label={say.networks} description={say.networksHelp} autosize minRows={2} maxRows={8} maxLength={10_000} {...text("networks")} />
      <div><Button type="submit" loading={busy}>{say.save}</Button></div>
    </form>
  );
}
