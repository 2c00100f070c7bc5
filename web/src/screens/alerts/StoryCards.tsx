// かんたん: a story is a sentence, how old it is, who is on it, and one button.
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { useLanguage } from "../../app/preferences";
import { Hostile } from "../../components/Hostile";
import { agoText, Moment } from "../../components/Moment";
import { useNumbers } from "../../components/numbers";
import { Severity } from "../../components/Severity";
import { useText2, useWords } from "../../words/words";
import { alertWords } from "./alertWords";
import type { StoryHead } from "./Alerts";
import { StoryState } from "./StoryState";
import classes from "./Alerts.module.css";

export interface ListGiven {
  stories: StoryHead[];
  chosen: ReadonlySet<number>;
  toggle(id: number): void;
  seen(ids: number[]): void;
  mayAct: boolean;
}

function Card({ story, seen, mayAct }: { story: StoryHead } & Pick<ListGiven, "seen" | "mayAct">) {
  const say = useWords(alertWords);
  const text = useText2();
  const language = useLanguage();
  const { count } = useNumbers();
  return (
    <li className={`sheet ${classes.card} ${classes[story.level]}`}>
      <div className={classes.weight}>
        <Severity level={story.level} size={20} />
        <StoryState state={story.state} />
      </div>
      <div className={classes.what}>
        <Link href={`/alerts/${story.id}`} id={`story-${story.id}`} className={classes.title}>
          <Hostile text={text(story.title)} />
        </Link>
        <p><Hostile text={text(story.sentence)} /></p>
        <p className="soft">
          {agoText(story.opened, Date.now(), language)} (<Moment at={story.opened} seconds={false} />) · {story.by ? <Hostile text={say.by(story.by)} /> : say.nobody}
          {(story.escalations ?? 0) > 0 && ` · ${say.again(count(story.escalations ?? 0))}`}
        </p>
      </div>
      <div className={classes.buttons}>
        <Button component={Link} href={`/alerts/${story.id}`} variant="default" aria-hidden="true" tabIndex={-1}>
          {say.open}
        </Button>
        {mayAct && story.state === "new" && (
          <Button onClick={() => seen([story.id])} aria-label={say.seenOf(text(story.title))}>
            {say.seen}
          </Button>
        )}
      </div>
    </li>
  );
}

export function StoryCards({ stories, seen, mayAct }: ListGiven) {
  return (
    <ul className={classes.cards}>
      {stories.map((story) => (
        <Card key={story.id} story={story} seen={seen} mayAct={mayAct} />
      ))}
    </ul>
  );
}
