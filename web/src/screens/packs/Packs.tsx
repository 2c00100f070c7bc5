// What Akashi watches for: packs as cards with a switch, their rules, and what is passed over.
import { Button, Tabs } from "@mantine/core";
import { Link } from "wouter";
import { useMay } from "../../app/session";
import { useUrlState } from "../../components/urlState";
import { useWords } from "../../words/words";
import { ExceptionList } from "./ExceptionList";
import { PackCards } from "./PackCards";
import { packWords } from "./packWords";
import { RuleList } from "./RuleList";
import classes from "./Packs.module.css";

const PARTS = ["packs", "rules", "exceptions"] as const;

export default function Packs() {
  const say = useWords(packWords);
  const configures = useMay("configure");
  const [part, setPart] = useUrlState("part", "packs");
  return (
    <div className={classes.packs}>
      <div className={classes.head}>
        <h1>{say.title}</h1>
        {configures && part === "rules" && <Button component={Link} href="/packs/rules/new">{say.newRule}</Button>}
      </div>
      <Tabs value={part} onChange={(next) => setPart(next ?? "packs")} keepMounted={false}>
        <Tabs.List aria-label={say.parts}>
          {PARTS.map((one) => (
            <Tabs.Tab key={one} value={one}>{say[one]}</Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="packs"><PackCards /></Tabs.Panel>
        <Tabs.Panel value="rules"><RuleList /></Tabs.Panel>
        <Tabs.Panel value="exceptions"><ExceptionList /></Tabs.Panel>
      </Tabs>
    </div>
  );
}
