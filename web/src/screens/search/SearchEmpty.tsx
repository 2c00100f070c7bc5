// Nothing to see, why, and what to do: no source, the conditions, the time.
import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { call } from "../../api/client";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Notice";
import { moment } from "../../components/query/range";
import { useWords, words } from "../../words/words";
import type { Asking } from "./question";

const table = words({
  ja: {
    noSource: "まだ、どの機器からもログが届いていません。",
    add: "機器をつなぐ",
    nothing: "この時間と条件に合う記録はありません。",
    nearest: "いちばん近い記録はここにあります：",
    jump: "そこへ移る",
    noConditions: "条件をすべて外す",
    week: "直近7日間に広げる",
    month: "直近30日間に広げる",
    scope: "見えるのは、あなたに見せてよいとされた機器のログだけです。",
  },
  en: {
    noSource: "No device has sent a log yet.",
    add: "Connect a device",
    nothing: "No record fits this time and these conditions.",
    nearest: "The nearest one is here:",
    jump: "Go there",
    noConditions: "Take all conditions out",
    week: "Look at the last 7 days",
    month: "Look at the last 30 days",
    scope: "You see the logs of the devices that are open to you.",
  },
});

const AROUND_MS = 30 * 60_000;

export function SearchEmpty({ asking, nearest }: { asking: Asking; nearest: string | undefined }) {
  const say = useWords(table);
  const sources = useQuery({ queryKey: ["sources"], queryFn: () => call("get", "/api/v1/sources") });
  if (sources.data?.sources.length === 0) {
    return (
      <Empty title={say.noSource}>
        <Button component={Link} href="/sources/add">{say.add}</Button>
      </Empty>
    );
  }
  const jump = (at: string) => {
    const ms = Date.parse(at);
    asking.change({ range: "", from: moment(ms - AROUND_MS), to: moment(ms + AROUND_MS) });
  };
  return (
    <Empty title={say.nothing}>
      {nearest && (
        <p>
          {say.nearest} <Moment at={nearest} /> <Button size="compact-md" onClick={() => jump(nearest)}>{say.jump}</Button>
        </p>
      )}
      <Group>
        {asking.question.q && <Button variant="default" onClick={() => asking.change({ q: "", who: "" })}>{say.noConditions}</Button>}
        <Button variant="default" onClick={() => asking.change({ range: "7d" })}>{say.week}</Button>
        <Button variant="default" onClick={() => asking.change({ range: "30d" })}>{say.month}</Button>
      </Group>
      <p className="soft">{say.scope}</p>
    </Empty>
  );
}
