// Whether people would be reached: a sample alert page by every way that is set up.
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { call } from "../../api/client";
import { Hostile } from "../../components/Hostile";
import { Light } from "../../components/Light";
import { Failure } from "../../components/Notice";
import { useText2, useWords } from "../../words/words";
import { adminWords } from "./adminWords";
import classes from "./Admin.module.css";

export function AlertTest() {
  const say = useWords(adminWords);
  const text = useText2();
  const trial = useMutation({ mutationFn: () => call("post", "/api/v1/settings/alert-test") });
  return (
    <div className={classes.trial}>
      <div className={classes.buttons}>
        <Button variant="default" loading={trial.isPending} onClick={() => trial.mutate()}>{say.alertTest}</Button>
        <span className="soft">{say.alertTestHelp}</span>
      </div>
      {trial.error && <Failure error={trial.error} />}
      <div role="status">
        <ul className={classes.plain}>
          {trial.data?.ways.length === 0 && <li>{say.alertNone}</li>}
          {trial.data?.ways.map((one, at) => (
            <li key={at}>
              <Light state={one.ok ? "good" : "act"} word={one.ok ? say.sent : say.notSent} size={16} /> <Hostile text={[one.way, one.to].filter(Boolean).join(" → ")} />{" "}
              <span className="soft"><Hostile text={text(one.words)} /></span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
