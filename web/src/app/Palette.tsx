// Ctrl+K: one box that goes anywhere: screens, saved questions, or a search for what was typed.
import { Modal, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { call, urlOf } from "../api/client";
import { Hostile } from "../components/Hostile";
import { useWords, words } from "../words/words";
import { allKeys } from "./keys";
import classes from "./Palette.module.css";

const table = words({
  ja: {
    title: "なんでも探す",
    close: "閉じる",
    hint: "画面の名前、保存した質問、さがしたい言葉",
    search: (text: string) => `ログから「${text}」をさがす`,
  },
  en: {
    title: "Find anything",
    close: "Close",
    hint: "A screen, a saved question, words to search for",
    search: (text: string) => `Search the logs for “${text}”`,
  },
});

const SHOWN_MAX = 12;

interface Way {
  label: string;
  act(): void;
}

const folded = (text: string) => text.normalize("NFKC").toLowerCase();

export function Palette({ close }: { close(): void }) {
  const say = useWords(table);
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const saved = useQuery({ queryKey: ["saved"], queryFn: () => call("get", "/api/v1/saved") });
  const wanted = folded(text.trim());
  const ways: Way[] = [
    ...allKeys().filter((key) => key.key !== "mod+k").map((key) => ({ label: key.label, act: key.act })),
    ...(saved.data?.saved ?? []).map((one) => ({ label: one.name, act: () => go(urlOf("/search", { q: one.q, range: one.from })) })),
  ].filter((way) => folded(way.label).includes(wanted));
  if (wanted) ways.push({ label: say.search(text.trim()), act: () => go(urlOf("/search", { q: text.trim() })) });
  const shown = ways.slice(-SHOWN_MAX);
  const take = (way: Way | undefined) => {
    if (!way) return;
    close();
    // after the dialog has given the focus back
    setTimeout(way.act, 0);
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    if (event.key === "ArrowDown") setAt((at + 1) % shown.length);
    else if (event.key === "ArrowUp") setAt((at + shown.length - 1) % shown.length);
    else if (event.key === "Enter") take(shown[Math.min(at, shown.length - 1)]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal opened onClose={close} title={say.title} closeButtonProps={{ "aria-label": say.close }}>
      <TextInput
        aria-label={say.hint}
        placeholder={say.hint}
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls="palette-ways"
        aria-activedescendant={`palette-${Math.min(at, shown.length - 1)}`}
        value={text}
        maxLength={1000}
        onKeyDown={keyed}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <div id="palette-ways" role="listbox" aria-label={say.title} className={classes.ways}>
        {shown.map((way, place) => (
          <div
            key={`${place} ${way.label}`}
            id={`palette-${place}`}
            role="option"
            aria-selected={place === at}
            className={classes.way}
            onClick={() => take(way)}
          >
            <Hostile text={way.label} />
          </div>
        ))}
      </div>
    </Modal>
  );
}
