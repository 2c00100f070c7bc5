// The people who may come in.
import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Schemas } from "../../api/client";
import { useSession } from "../../app/session";
import { Hostile } from "../../components/Hostile";
import { Light } from "../../components/Light";
import { ListTable, type Column } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { Failure } from "../../components/Notice";
import { useNumbers } from "../../components/numbers";
import { useWords } from "../../words/words";
import { adminWords } from "./adminWords";
import { AddUser, UserDialog, type UserAct } from "./UserDialogs";
import classes from "./Admin.module.css";

export type User = Schemas["User"];

function Acts({ user, ask }: { user: User; ask(act: UserAct): void }) {
  const say = useWords(adminWords);
  const session = useSession();
  const mine = user.name === session.user;
  const local = !user.directory;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="compact-md" aria-label={say.acts(user.name)}>⋯</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {local && <Menu.Item onClick={() => ask("change")}>{say.change}…</Menu.Item>}
        {local && !mine && <Menu.Item onClick={() => ask("newPassword")}>{say.newPassword}…</Menu.Item>}
        {user.second_factor && !mine && <Menu.Item onClick={() => ask("resetFactor")}>{say.resetFactor}…</Menu.Item>}
        {!mine && <Menu.Item onClick={() => ask("signOut")}>{say.signOut}…</Menu.Item>}
        {!mine && <Menu.Item onClick={() => ask(user.on ? "stop" : "resume")}>{user.on ? say.stop : say.resume}…</Menu.Item>}
        {!mine && <Menu.Item onClick={() => ask("delete")}>{say.delete}…</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}

export function UsersPart() {
  const say = useWords(adminWords);
  const session = useSession();
  const { count } = useNumbers();
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<{ user: User; act: UserAct }>();
  const found = useQuery({ queryKey: ["users"], queryFn: () => call("get", "/api/v1/users") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const columns: Column<User>[] = [
    {
      key: "name",
      title: say.name,
      by: (one) => one.name,
      cell: (one) => (
        <>
          <strong><Hostile text={one.name} /></strong>
          {one.name === session.user && <span className={classes.tag}>{say.me}</span>}
          {one.directory && <span className={classes.tag}>{say.directory}</span>}
        </>
      ),
    },
    {
      key: "role",
      title: say.role,
      by: (one) => one.grants[0]?.role ?? "",
      cell: (one) =>
        one.grants.map((grant, at) => (
          <div key={at}>
            {say[grant.role]} <span className="soft"><Hostile text={[...(grant.sources ?? []), ...(grant.sites ?? [])].join(", ")} /></span>
          </div>
        )),
    },
    { key: "factor", title: say.factor, by: (one) => Number(one.second_factor), cell: (one) => <Light state={one.second_factor ? "good" : "look"} word={one.second_factor ? say.factorOn : say.factorOff} size={16} /> },
    { key: "last", title: say.last, by: (one) => one.last ?? "", cell: (one) => (one.last ? <Moment at={one.last} seconds={false} /> : <span className="soft">{say.never}</span>) },
    { key: "sessions", title: say.sessions, number: true, by: (one) => one.sessions ?? 0, cell: (one) => count(one.sessions ?? 0) },
    { key: "state", title: say.state, by: (one) => Number(one.on), cell: (one) => <Light state={one.on ? "good" : "unknown"} word={one.on ? say.on : say.off} size={16} /> },
    { key: "acts", title: say.acts(""), untitled: true, cell: (one) => <Acts user={one} ask={(act) => setAsked({ user: one, act })} /> },
  ];
  return (
    <>
      <div className={classes.lead}>
        <p className="soft">{say.userHelp}</p>
        <Button onClick={() => setAdding(true)}>{say.addUser}…</Button>
      </div>
      {found.data && <ListTable label={say.users} columns={columns} rows={found.data.users} keyOf={(one) => one.name} />}
      {adding && <AddUser close={() => setAdding(false)} />}
      {asked && <UserDialog user={asked.user} act={asked.act} close={() => setAsked(undefined)} />}
    </>
  );
}
