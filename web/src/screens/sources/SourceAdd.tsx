// 機器を追加: a known device by its commands; an unknown one by pasted lines: choose the time, see the table, save.
import { Link } from "wouter";
import { useWords } from "../../words/words";
import { addWords } from "./addWords";
import { Gear } from "./Gear";
import { Teach } from "./Teach";
import classes from "./Sources.module.css";

export default function SourceAdd() {
  const say = useWords(addWords);
  return (
    <div className={classes.add}>
      <h1>{say.title}</h1>
      <section className="sheet" aria-labelledby="add-known">
        <h2 id="add-known">{say.known}</h2>
        <Gear />
      </section>
      <section className="sheet" aria-labelledby="add-teach">
        <h2 id="add-teach">{say.teach}</h2>
        <Teach />
      </section>
      <p><Link href="/sources">{say.back}</Link></p>
    </div>
  );
}
