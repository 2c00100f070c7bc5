// くわしい: all columns, and many at once.
import { Checkbox } from "@mantine/core";
import { Link } from "wouter";
import { Hostile } from "../../components/Hostile";
import { ListTable, type Column } from "../../components/ListTable";
import { Moment } from "../../components/Moment";
import { useNumbers } from "../../components/numbers";
import { Severity, type Level } from "../../components/Severity";
import { useText2, useWords } from "../../words/words";
import { alertWords } from "./alertWords";
import type { StoryHead } from "./Alerts";
import type { ListGiven } from "./StoryCards";
import { StoryState } from "./StoryState";
import classes from "./Alerts.module.css";

const WEIGHT: Record<Level, number> = { informational: 0, low: 1, medium: 2, high: 3, critical: 4 };
const STATE: Record<StoryHead["state"], number> = { new: 0, seen: 1, progress: 2, closed: 3 };

export function StoryTable({ stories, chosen, toggle, mayAct, all }: ListGiven & { all(ids: number[]): void }) {
  const say = useWords(alertWords);
  const text = useText2();
  const { count } = useNumbers();
  const whole = stories.length > 0 && stories.every((story) => chosen.has(story.id));
  const columns: Column<StoryHead>[] = [
    { key: "level", title: say.level, number: false, by: (one) => -WEIGHT[one.level], cell: (one) => <Severity level={one.level} /> },
    { key: "state", title: say.state, by: (one) => STATE[one.state], cell: (one) => <StoryState state={one.state} /> },
    {
      key: "story",
      title: say.story,
      by: (one) => text(one.title),
      cell: (one) => (
        <>
          <Link href={`/alerts/${one.id}`} id={`story-${one.id}`}><Hostile text={text(one.title)} /></Link>
          <div className={`soft ${classes.small}`}>
            <Hostile text={text(one.sentence)} />
            {one.phase && <strong> {say.phase}: {say[one.phase]}</strong>}
          </div>
        </>
      ),
    },
    { key: "last", title: say.last, by: (one) => -Date.parse(one.last), cell: (one) => <Moment at={one.last} seconds={false} /> },
    { key: "user", title: say.who, by: (one) => one.user ?? "", cell: (one) => <Hostile text={one.user ?? ""} /> },
    { key: "host", title: say.where, by: (one) => one.host ?? "", cell: (one) => <Hostile text={one.host ?? ""} /> },
    { key: "address", title: say.from, by: (one) => one.address ?? "", cell: (one) => <Hostile text={one.address ?? ""} /> },
    { key: "findings", title: say.count, number: true, by: (one) => one.findings, cell: (one) => count(one.findings) },
    { key: "by", title: say.owner, by: (one) => one.by ?? "", cell: (one) => <Hostile text={one.by ?? ""} /> },
  ];
  if (mayAct) {
    columns.unshift({
      key: "chosen",
      title: say.select(""),
      untitled: true,
      cell: (one) => <Checkbox aria-label={say.select(text(one.title))} checked={chosen.has(one.id)} onChange={() => toggle(one.id)} />,
    });
  }
  return (
    <>
      {mayAct && (
        <Checkbox
          className={classes.all}
          label={say.selectAll}
          checked={whole}
          indeterminate={!whole && stories.some((story) => chosen.has(story.id))}
          onChange={() => all(whole ? [] : [...new Set([...chosen, ...stories.map((story) => story.id)])])}
        />
      )}
      <ListTable label={say.title} columns={columns} rows={stories} keyOf={(one) => one.id} />
    </>
  );
}
