// Which role, and what of the logs it may see.
import { Radio, Stack, TextInput } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useExpert } from "../../app/preferences";
import { useWords } from "../../words/words";
import { adminWords } from "./adminWords";

export type Grant = Schemas["Grant"];
type Role = Schemas["Role"];

export const ROLES: Role[] = ["viewer", "operator", "administrator", "auditor"];
const LIST_MAX = 16;

export interface GrantText {
  role: Role;
  sources: string;
  sites: string;
}

export const grantText = (grant: Grant | undefined): GrantText => ({
  role: grant?.role ?? "viewer",
  sources: (grant?.sources ?? []).join(", "),
  sites: (grant?.sites ?? []).join(", "),
});

const listOf = (text: string) => text.normalize("NFKC").split(/[,、\s]+/).filter(Boolean).slice(0, LIST_MAX);

/** A scope that is empty is none: everything may be seen. */
export function grantOf(text: GrantText): Grant {
  const sources = listOf(text.sources);
  const sites = listOf(text.sites);
  return { role: text.role, ...(sources.length > 0 ? { sources } : {}), ...(sites.length > 0 ? { sites } : {}) };
}

export function GrantFields({ value, onChange }: { value: GrantText; onChange(value: GrantText): void }) {
  const say = useWords(adminWords);
  const expert = useExpert();
  const scoped = expert || value.sources !== "" || value.sites !== "";
  return (
    <>
      <Radio.Group label={say.role} value={value.role} onChange={(role) => onChange({ ...value, role: role as Role })}>
        <Stack gap="xs" mt="xs">
          {ROLES.map((role) => (
            <Radio key={role} value={role} label={say[role]} description={say[`${role}Help`]} />
          ))}
        </Stack>
      </Radio.Group>
      {scoped && <TextInput label={say.sources} value={value.sources} maxLength={2048} onChange={(event) => onChange({ ...value, sources: event.currentTarget.value })} />}
      {scoped && <TextInput label={say.sites} value={value.sites} maxLength={2048} onChange={(event) => onChange({ ...value, sites: event.currentTarget.value })} />}
    </>
  );
}
