// Choose a device, see the exact commands with our address in them, wait for the first log.
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, type Schemas } from "../../api/client";
import { Hostile } from "../../components/Hostile";
import { Failure } from "../../components/Notice";
import { useText2, useWords, words } from "../../words/words";
import { SetupText } from "./SetupText";
import { useSources } from "./Sources";
import classes from "./Sources.module.css";

type Head = Schemas["DefinitionHead"];

const table = words({
  ja: {
    find: "機器をさがす",
    example: "ヤマハ、FortiGate、Windows …",
    list: "機器の種類",
    choose: "左から機器を選ぶと、その機器に打つコマンドがここに出ます。",
    waiting: "ログを待っています。設定が済むと、ふつう数分のうちにここが緑になります。",
    arrived: (names: string) => `届きました：${names}`,
    none: "その名前の機器は、まだ知りません。下の「ログを貼り付けて教える」をお使いください。",
  },
  en: {
    find: "Find the device",
    example: "Yamaha, FortiGate, Windows …",
    list: "Kinds of devices",
    choose: "Choose a device on the left: the commands for it appear here.",
    waiting: "Waiting for its logs. After the set-up this usually turns green within minutes.",
    arrived: (names: string) => `Arrived: ${names}`,
    none: "No device of that name is known yet. Paste some of its logs below.",
  },
});

const WAIT_MS = 3000;
const folded = (text: string) => text.normalize("NFKC").toLowerCase();

export function Gear() {
  const say = useWords(table);
  const text = useText2();
  const [wanted, setWanted] = useState("");
  const [chosen, setChosen] = useState<string | undefined>();
  const found = useQuery({ queryKey: ["definitions"], queryFn: () => call("get", "/api/v1/definitions") });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  const all = found.data?.definitions ?? [];
  const fits = (one: Head) => folded([one.title.ja, one.title.en, one.vendor, one.product ?? "", one.name].join(" ")).includes(folded(wanted.trim()));
  const shown = all.filter(fits);
  const one = all.find((head) => head.name === chosen);
  return (
    <div className={classes.gear}>
      <div>
        <TextInput label={say.find} placeholder={say.example} value={wanted} maxLength={100} onChange={(event) => setWanted(event.currentTarget.value)} />
        <div role="group" aria-label={say.list} className={classes.gearList}>
          {shown.map((head) => (
            <button key={head.name} type="button" aria-pressed={head.name === chosen} onClick={() => setChosen(head.name)}>
              <Hostile text={text(head.title)} />
            </button>
          ))}
        </div>
      </div>
      <div aria-live="polite">
        {found.data && shown.length === 0 && <p>{say.none}</p>}
        {!one && shown.length > 0 && <p className="soft">{say.choose}</p>}
        {one && (
          <div className={classes.steps}>
            <SetupText text={text(one.setup)} />
            <Arrival key={one.name} definition={one.name} />
          </div>
        )}
      </div>
    </div>
  );
}

/** Green once a source of that kind sends, or one that was not there before. */
function Arrival({ definition }: { definition: string }) {
  const say = useWords(table);
  const found = useSources(WAIT_MS);
  const before = useRef<Set<string> | undefined>(undefined);
  const sources = found.data?.sources;
  useEffect(() => {
    if (sources && !before.current) before.current = new Set(sources.map((source) => source.name));
  }, [sources]);
  const arrived = (sources ?? []).filter((source) => (source.definition === definition && source.state !== "silent") || (before.current && !before.current.has(source.name)));
  if (arrived.length === 0) return <p className={classes.waiting} role="status">◌ {say.waiting}</p>;
  return (
    <p className={classes.arrived} role="status">
      <strong className={classes.sending}>✔ <Hostile text={say.arrived(arrived.map((source) => source.name).join("、"))} /></strong>
    </p>
  );
}
