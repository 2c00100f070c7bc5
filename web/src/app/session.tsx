// Who is signed in. Everything behind the front door reads it from here.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { ApiError, call, setCsrf, whenSignedOut, type Schemas } from "../api/client";
import { preferencesOf, usePreferences } from "./preferences";

export type Session = Schemas["Session"];
export type Permission = NonNullable<Session["may"]>[number];

export type SessionState =
  | { kind: "asking" }
  | { kind: "setup" }
  | { kind: "out" }
  | { kind: "in"; session: Session }
  | { kind: "failed"; error: ApiError };

export interface SessionDoor {
  state: SessionState;
  /** Takes over what an answer of the front door says. */
  take(session: Session): void;
  /** Asks the server again. */
  refresh(): Promise<void>;
  end(): Promise<void>;
}

const SessionContext = createContext<SessionDoor | null>(null);

export function useSessionDoor(): SessionDoor {
  const door = useContext(SessionContext);
  if (!door) throw new Error("outside SessionProvider");
  return door;
}

/** Only behind the front door. */
export function useSession(): Session {
  const { state } = useSessionDoor();
  if (state.kind !== "in") throw new Error("nobody is signed in");
  return state.session;
}

/** What this person may do; the server judges again. */
export function useMay(permission: Permission): boolean {
  return useSession().may?.includes(permission) ?? false;
}

async function ask(): Promise<SessionState> {
  try {
    return { kind: "in", session: await call("get", "/api/v1/session") };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 401) return { kind: "failed", error };
  }
  try {
    return (await call("get", "/api/v1/setup")).needed ? { kind: "setup" } : { kind: "out" };
  } catch (error) {
    if (error instanceof ApiError) return { kind: "failed", error };
    throw error;
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ kind: "asking" });
  const preferences = usePreferences();
  const cache = useQueryClient();

  const settle = useCallback(
    (next: SessionState) => {
      if (next.kind === "in") {
        setCsrf(next.session.csrf);
        if (next.session.preferences) preferences.change(preferencesOf(next.session.preferences, preferences.now));
      }
      setState(next);
    },
    [preferences],
  );

  // Answers of the one who left are nobody else's.
  useEffect(() => {
    whenSignedOut(() => {
      cache.clear();
      setState({ kind: "out" });
    });
  }, [cache]);

  useEffect(() => {
    void ask().then(settle);
    // once, at the start: later answers come through take and refresh
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const door = useMemo<SessionDoor>(
    () => ({
      state,
      take: (session) => settle({ kind: "in", session }),
      refresh: async () => settle(await ask()),
      end: async () => {
        await call("delete", "/api/v1/session");
        cache.clear();
        setState({ kind: "out" });
      },
    }),
    [state, settle, cache],
  );
  return <SessionContext.Provider value={door}>{children}</SessionContext.Provider>;
}
