// The settings in the order people look for them; the first part of a key is its group.
import { words } from "../../words/words";

export const settingGroups = words({
  ja: {
    general: "全体",
    alert: "知らせ方",
    backup: "バックアップ",
    retention: "保管期間",
    proof: "証拠",
    account: "サインイン",
    directory: "社内の名簿（LDAP・Active Directory）",
    listen: "ログの受け口",
    follow: "ファイルの取り込み",
    detect: "検知",
    search: "検索",
    store: "保存",
    inner: "内部の動き",
  },
  en: {
    general: "General",
    alert: "Telling people",
    backup: "Backup",
    retention: "How long logs are kept",
    proof: "Proof",
    account: "Sign-in",
    directory: "Directory (LDAP, Active Directory)",
    listen: "Where logs come in",
    follow: "Files that are followed",
    detect: "Detection",
    search: "Search",
    store: "Store",
    inner: "Inner workings",
  },
});

export type Group = keyof typeof settingGroups.ja;

const GROUPS: Group[] = ["general", "alert", "backup", "retention", "proof", "account", "directory", "listen", "follow", "detect", "search", "store", "inner"];
const GENERAL = ["language", "time", "translate"];

export function groupOf(key: string): Group {
  const first = key.split(".")[0] ?? "";
  if (GENERAL.includes(first)) return "general";
  return GROUPS.find((group) => group === first) ?? "inner";
}

/** Groups in their order, those without a setting left out. */
export function grouped<T extends { key: string }>(settings: readonly T[]): [Group, T[]][] {
  return GROUPS.map<[Group, T[]]>((group) => [group, settings.filter((one) => groupOf(one.key) === group)]).filter(([, some]) => some.length > 0);
}
