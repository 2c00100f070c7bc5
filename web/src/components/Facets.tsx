// Values and how often each stands in the answer; the rarest first for those who hunt.
import { SegmentedControl, Skeleton } from "@mantine/core";
import type { Schemas } from "../api/client";
import { useLanguage } from "../app/preferences";
import { counted, useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { useServerWords } from "./ServerWords";
import { Value } from "./ValueMenu";
import classes from "./Facets.module.css";

const table = words({
  ja: { title: "内訳", most: "多い順", rarest: "めずらしい順", order: "並べ方", more: (count: string) => `ほか${count}種類` },
  en: { title: "Breakdown", most: "Most", rarest: "Rarest", order: "Order", more: (count: string) => counted(count, "more value") },
});

export const FACETS_EASY = ["event.action", "event.outcome", "user.name", "host.name", "source.ip"];
export const FACETS_EXPERT = ["event.action", "event.outcome", "user.name", "host.name", "source.ip", "akashi.source", "event.dataset", "event.code"];

interface Given {
  found: Schemas["Facets"] | undefined;
  order: "most" | "rarest";
  setOrder(order: "most" | "rarest"): void;
}

export function Facets({ found, order, setOrder }: Given) {
  const say = useWords(table);
  const server = useServerWords();
  const language = useLanguage();
  return (
    <aside className={classes.facets} aria-label={say.title}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={say.order}
        value={order}
        onChange={(next) => setOrder(next as "most" | "rarest")}
        data={[{ value: "most", label: say.most }, { value: "rarest", label: say.rarest }]}
      />
      {!found && <Skeleton height={240} />}
      {found?.facets.filter((facet) => facet.values.length > 0).map((facet) => {
        const highest = Math.max(1, ...facet.values.map((one) => one.count));
        return (
          <section key={facet.field} aria-label={server.field(facet.field)}>
            <h3 title={facet.field}><Hostile text={server.field(facet.field)} /></h3>
            <ul>
              {facet.values.map((one) => (
                <li key={one.value} style={{ backgroundSize: `${(one.count / highest) * 100}% 100%` }}>
                  <Value field={facet.field} value={one.value} wrap={false} />
                  <span className={classes.count}>{one.count.toLocaleString(language)}</span>
                </li>
              ))}
            </ul>
            {facet.different > facet.values.length && <p className="soft">{say.more((facet.different - facet.values.length).toLocaleString(language))}</p>}
          </section>
        );
      })}
    </aside>
  );
}
