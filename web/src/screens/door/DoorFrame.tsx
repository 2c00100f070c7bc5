// The sheet that each step of the front door is written on, and one act at a time with its failure.
import { useCallback, useState, type FormEventHandler, type ReactNode } from "react";
import { Failure } from "../../components/Notice";
import classes from "./DoorFrame.module.css";

export interface Act {
  busy: boolean;
  failure: unknown;
  act(work: () => Promise<void>): Promise<void>;
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const act = useCallback(async (work: () => Promise<void>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, failure, act };
}

interface Given {
  title: string;
  failure: unknown;
  onSubmit?: FormEventHandler<HTMLFormElement>;
  children: ReactNode;
}

export function DoorFrame({ title, failure, onSubmit, children }: Given) {
  return (
    <main className={classes.door}>
      <form className={`sheet ${classes.sheet}`} onSubmit={onSubmit}>
        <p className={classes.name}>
          <img src="/icon.svg" alt="" width={32} height={32} /> Akashi
        </p>
        <h1 className={classes.title}>{title}</h1>
        {failure !== undefined && <Failure error={failure} />}
        {children}
      </form>
    </main>
  );
}
