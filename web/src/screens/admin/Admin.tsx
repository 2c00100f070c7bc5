// Users, keys, access, settings, the company, and who did what. Each part only for those who may.
import { Tabs } from "@mantine/core";
import { lazy, Suspense, type ComponentType } from "react";
import { useLocation, useParams } from "wouter";
import { useMay, useSession, type Permission } from "../../app/session";
import { Empty } from "../../components/Notice";
import { useWords } from "../../words/words";
import { AccessPart } from "./AccessPart";
import { adminWords } from "./adminWords";
import { LogPart } from "./LogPart";
import { SettingsPart } from "./SettingsPart";
import { TokensPart } from "./TokensPart";
import { UsersPart } from "./UsersPart";
import classes from "./Admin.module.css";

// its editor is large
const CompanyPart = lazy(() => import("./CompanyPart"));

const PARTS: [name: "users" | "tokens" | "access" | "settings" | "company" | "log", may: Permission, part: ComponentType][] = [
  ["users", "manage", UsersPart],
  ["tokens", "manage", TokensPart],
  ["access", "manage", AccessPart],
  ["settings", "configure", SettingsPart],
  ["company", "read", CompanyPart],
  ["log", "prove", LogPart],
];

export default function Admin() {
  const say = useWords(adminWords);
  const session = useSession();
  const [, go] = useLocation();
  const given = useParams<{ part?: string }>().part;
  const open = PARTS.filter(([, may]) => session.may?.includes(may));
  const denied = useMay("read") === false || (given !== undefined && !open.some(([name]) => name === given));
  const part = given ?? open[0]?.[0] ?? "company";
  return (
    <div className={classes.admin}>
      <div className={classes.head}>
        <h1>{say.title}</h1>
        {session.zone && <span className="soft">{say.zone(session.zone)}</span>}
      </div>
      <Tabs value={part} onChange={(next) => go(`/admin/${next ?? ""}`)} keepMounted={false}>
        <Tabs.List aria-label={say.parts}>
          {open.map(([name]) => (
            <Tabs.Tab key={name} value={name}>{say[name]}</Tabs.Tab>
          ))}
        </Tabs.List>
        {open.map(([name, , Part]) => (
          <Tabs.Panel key={name} value={name} className={classes.part}>
            <Suspense fallback={null}><Part /></Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
      {denied && <Empty title={say.denied}><p>{say.deniedHelp}</p></Empty>}
    </div>
  );
}
