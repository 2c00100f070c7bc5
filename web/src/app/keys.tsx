// Keys for those who like them: each screen registers its own; ? lists them; dead while a text is typed or composed.
import { Modal, Table } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useWords, words } from "../words/words";
import { Palette } from "./Palette";

export interface Key {
  /** as typed: "/", "j", "Enter", "g s", "mod+k" */
  key: string;
  label: string;
  act(): void;
}

const registered = new Set<readonly Key[]>();

/** Keys of a screen while it is shown. A later screen's go before an earlier one's. */
export function useKeys(keys: readonly Key[]): void {
  const now = useRef(keys);
  now.current = keys;
  const names = keys.map((key) => key.key).join(" ");
  useEffect(() => {
    const mine = now.current.map<Key>((key, at) => ({
      key: key.key,
      get label() {
        return now.current[at]?.label ?? key.label;
      },
      act: () => now.current[at]?.act(),
    }));
    registered.add(mine);
    return () => void registered.delete(mine);
  }, [names]);
}

export const allKeys = (): Key[] => [...registered].reverse().flat();

/** An input method at work, or a place where letters are text. */
function typing(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === 229) return true;
  const at = event.composedPath()[0];
  if (!(at instanceof HTMLElement)) return false;
  return at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
}

/** Enter and the blank press what has the focus. */
function pressing(event: KeyboardEvent): boolean {
  const at = event.composedPath()[0];
  return event.key === "Enter" && at instanceof HTMLElement && at.matches("a, button, summary, [role=menuitem], [role=option]");
}

const table = words({
  ja: {
    title: "キーの一覧",
    close: "閉じる",
    help: "この一覧",
    palette: "なんでも探す",
    home: "今日の状態へ",
    alerts: "要対応へ",
    search: "ログをさがすへ",
    live: "ライブへ",
    sources: "機器へ",
    packs: "監視パックへ",
    keep: "保管と証拠へ",
    note: "文字を入力しているあいだは働きません。",
  },
  en: {
    title: "Keys",
    close: "Close",
    help: "This list",
    palette: "Find anything",
    home: "Go to today",
    alerts: "Go to alerts",
    search: "Go to search",
    live: "Go to live",
    sources: "Go to sources",
    packs: "Go to watch packs",
    keep: "Go to keep and prove",
    note: "They rest while you type.",
  },
});

const PREFIX_MS = 1500;

function useDispatch(): void {
  useEffect(() => {
    let prefix = "";
    let prefixAt = 0;
    const down = (event: KeyboardEvent) => {
      const mod = event.ctrlKey || event.metaKey;
      if (event.altKey || (mod && event.key.toLowerCase() !== "k")) return;
      if (event.isComposing || event.keyCode === 229) return;
      if (!mod && (typing(event) || pressing(event))) return;
      const begun = prefix !== "" && event.timeStamp - prefixAt < PREFIX_MS;
      const typed = mod ? "mod+k" : begun ? `${prefix} ${event.key}` : event.key;
      prefix = "";
      const keys = allKeys();
      const found = keys.find((key) => key.key === typed);
      if (found) {
        event.preventDefault();
        found.act();
      } else if (keys.some((key) => key.key.startsWith(`${typed} `))) {
        prefix = typed;
        prefixAt = event.timeStamp;
      }
    };
    document.addEventListener("keydown", down);
    return () => document.removeEventListener("keydown", down);
  }, []);
}

/** Once, in the frame. */
export function Keys() {
  const say = useWords(table);
  const [, go] = useLocation();
  const [shown, setShown] = useState<"none" | "help" | "palette">("none");
  useDispatch();
  useKeys([
    { key: "?", label: say.help, act: () => setShown("help") },
    { key: "mod+k", label: say.palette, act: () => setShown("palette") },
    { key: "g h", label: say.home, act: () => go("/") },
    { key: "g a", label: say.alerts, act: () => go("/alerts") },
    { key: "g s", label: say.search, act: () => go("/search") },
    { key: "g l", label: say.live, act: () => go("/live") },
    { key: "g d", label: say.sources, act: () => go("/sources") },
    { key: "g p", label: say.packs, act: () => go("/packs") },
    { key: "g k", label: say.keep, act: () => go("/keep") },
  ]);
  const close = () => setShown("none");
  return (
    <>
      <Modal opened={shown === "help"} onClose={close} title={say.title} closeButtonProps={{ "aria-label": say.close }}>
        <p className="soft">{say.note}</p>
        <Table>
          <Table.Tbody>
            {allKeys().map((key) => (
              <Table.Tr key={key.key}>
                <Table.Td>
                  <kbd>{key.key.replace("mod+k", "Ctrl+K")}</kbd>
                </Table.Td>
                <Table.Td>{key.label}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
      {shown === "palette" && <Palette close={close} />}
    </>
  );
}
