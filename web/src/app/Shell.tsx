// The frame: where one can go, language, colours, かんたん / くわしい, and who is signed in.
import { Button, Menu, SegmentedControl } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useWords, words } from "../words/words";
import { rememberPreferences } from "./App";
import { Keys } from "./keys";
import { usePreferences, type Preferences } from "./preferences";
import { useMay, useSession, useSessionDoor } from "./session";
import classes from "./Shell.module.css";

const table = words({
  ja: {
    skip: "本文へ移る",
    places: "画面",
    home: "今日の状態",
    alerts: "要対応",
    search: "ログをさがす",
    live: "ライブ",
    sources: "機器",
    packs: "監視パック",
    keep: "保管と証拠",
    admin: "管理",
    view: "見せ方",
    easy: "かんたん",
    expert: "くわしい",
    theme: "明るさ",
    auto: "自動",
    light: "明るい",
    dark: "暗い",
    me: "自分の設定",
    out: "サインアウト",
  },
  en: {
    skip: "Skip to the content",
    places: "Screens",
    home: "Today",
    alerts: "Alerts",
    search: "Search logs",
    live: "Live",
    sources: "Sources",
    packs: "Watch packs",
    keep: "Keep and prove",
    admin: "Administration",
    view: "View",
    easy: "Easy",
    expert: "Expert",
    theme: "Theme",
    auto: "Auto",
    light: "Light",
    dark: "Dark",
    me: "My settings",
    out: "Sign out",
  },
});

const places = [
  ["/", "home"],
  ["/alerts", "alerts"],
  ["/search", "search"],
  ["/live", "live"],
  ["/sources", "sources"],
  ["/packs", "packs"],
  ["/keep", "keep"],
  ["/admin", "admin"],
] as const;

function Places() {
  const say = useWords(table);
  const [here] = useLocation();
  const manages = useMay("manage");
  const proves = useMay("prove");
  return (
    <nav aria-label={say.places} className={classes.places}>
      {places
        .filter(([, name]) => name !== "admin" || manages || proves)
        .map(([path, name]) => {
          const current = path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);
          return (
            <Link key={path} href={path} className={classes.place} aria-current={current ? "page" : undefined}>
              {say[name]}
            </Link>
          );
        })}
    </nav>
  );
}

/** Changes here and, for the next time, on the server. */
export function usePreferenceChange(): (to: Partial<Preferences>) => void {
  const { change } = usePreferences();
  return (to) => {
    change(to);
    void rememberPreferences(to).catch(() => undefined); // kept in this browser all the same
  };
}

function Person() {
  const say = useWords(table);
  const { now } = usePreferences();
  const change = usePreferenceChange();
  const session = useSession();
  const door = useSessionDoor();
  const [, go] = useLocation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default">{session.user}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{say.theme}</Menu.Label>
        {(["auto", "light", "dark"] as const).map((theme) => (
          <Menu.Item key={theme} onClick={() => change({ theme })} aria-current={now.theme === theme || undefined}>
            {now.theme === theme ? "✔ " : ""}
            {say[theme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => go("/me")}>{say.me}</Menu.Item>
        <Menu.Item onClick={() => void door.end()}>{say.out}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const say = useWords(table);
  const { now } = usePreferences();
  const change = usePreferenceChange();
  return (
    <div className={classes.shell}>
      <Keys />
      <a className={classes.skip} href="#content">
        {say.skip}
      </a>
      <header className={`${classes.head} no-print`}>
        <Link href="/" className={classes.name}>
          <img src="/icon.svg" alt="" width={26} height={26} /> Akashi
        </Link>
        <div className={classes.tools}>
          <SegmentedControl
            aria-label={say.view}
            value={now.view}
            onChange={(view) => change({ view: view as Preferences["view"] })}
            data={[
              { value: "easy", label: say.easy },
              { value: "expert", label: say.expert },
            ]}
          />
          <Button
            variant="default"
            lang={now.language === "ja" ? "en" : "ja"}
            onClick={() => change({ language: now.language === "ja" ? "en" : "ja" })}
          >
            {now.language === "ja" ? "English" : "日本語"}
          </Button>
          <Person />
        </div>
      </header>
      <div className={`${classes.side} no-print`}>
        <Places />
      </div>
      <main id="content" tabIndex={-1} className={classes.main}>
        {children}
      </main>
    </div>
  );
}
