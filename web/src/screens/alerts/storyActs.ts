// What a person does about stories: one or many, told to the server, and taken back with one press.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { call, type Schemas } from "../../api/client";

export type ActName = Schemas["StoryAct"]["act"];
export type Reason = NonNullable<Schemas["StoryAct"]["reason"]>;
export type ActResult = Schemas["StoryActResult"];

/** As many as one question may name. */
const IDS_MAX = 100;

interface More {
  reason?: Reason;
  note?: string;
}

export interface StoryActs {
  busy: boolean;
  failure: unknown;
  /** of the last act */
  result: ActResult | undefined;
  /** the last act can be taken back */
  undoable: boolean;
  run(ids: readonly number[], act: ActName, more?: More): Promise<boolean>;
  /** the same for a dialog, which shows the failure itself */
  attempt(ids: readonly number[], act: ActName, more?: More): Promise<void>;
  undo(): void;
  forget(): void;
}

async function send(ids: readonly number[], act: ActName, more: object): Promise<ActResult> {
  const all: ActResult = { done: [], failed: [] };
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const part = await call("post", "/api/v1/stories/acts", { body: { ids: ids.slice(at, at + IDS_MAX), act, ...more } });
    all.done.push(...part.done);
    all.failed.push(...part.failed);
  }
  return all;
}

export function useStoryActs(): StoryActs {
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [last, setLast] = useState<{ act: ActName; result: ActResult }>();
  const attempt: StoryActs["attempt"] = useCallback(
    async (ids, act, more = {}) => {
      if (ids.length === 0) return;
      setBusy(true);
      setFailure(undefined);
      try {
        setLast({ act, result: await send(ids, act, more) });
      } finally {
        setBusy(false);
        // some may have been done before it failed
        await Promise.all(["stories", "story", "home"].map((key) => cache.invalidateQueries({ queryKey: [key] })));
      }
    },
    [cache],
  );
  const run: StoryActs["run"] = async (...given) => {
    try {
      await attempt(...given);
      return true;
    } catch (error) {
      setFailure(error);
      return false;
    }
  };
  const undoable = last !== undefined && last.act !== "undone" && last.act !== "noted" && last.result.done.length > 0;
  return {
    busy,
    failure,
    result: last?.result,
    undoable,
    run,
    attempt,
    undo: () => {
      if (undoable) void run(last.result.done, "undone");
    },
    forget: () => {
      setLast(undefined);
      setFailure(undefined);
    },
  };
}
