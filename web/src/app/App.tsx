// The providers, the front door, and which screen stands at which path.
import { MantineProvider, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useLayoutEffect, useMemo, useState, type ComponentType } from "react";
import { Route, Switch } from "wouter";
import { ApiError, call } from "../api/client";
import { Failure } from "../components/Notice";
import { ServerWordsProvider } from "../components/ServerWords";
import { theme } from "../style/theme";
import { applyVariables } from "../style/variables";
import { PreferencesContext, preferencesKeep, preferencesKept, usePreferences, type PreferencesDoor } from "./preferences";
import { SessionProvider, useSessionDoor } from "./session";
import { ProofDialog } from "./ProofDialog";
import { Shell } from "./Shell";

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // What the server refused it refuses again; what did not arrive may.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.status === 0,
    },
  },
});

const screen = (load: () => Promise<{ default: ComponentType }>) => lazy(load);
const Door = screen(() => import("../screens/door/Door"));
const Setup = screen(() => import("../screens/setup/Setup"));

/** path, screen; each is a file of its own that is fetched when it is first shown */
const routes: [string, ComponentType][] = [
  ["/", screen(() => import("../screens/home/Home"))],
  ["/alerts", screen(() => import("../screens/alerts/Alerts"))],
  ["/alerts/:id", screen(() => import("../screens/alerts/AlertPage"))],
  ["/search", screen(() => import("../screens/search/Search"))],
  ["/live", screen(() => import("../screens/live/Live"))],
  ["/sources", screen(() => import("../screens/sources/Sources"))],
  ["/sources/add", screen(() => import("../screens/sources/SourceAdd"))],
  ["/packs", screen(() => import("../screens/packs/Packs"))],
  ["/packs/rules/:id", screen(() => import("../screens/packs/RuleEditor"))],
  ["/keep", screen(() => import("../screens/keep/Keep"))],
  ["/admin/:part?", screen(() => import("../screens/admin/Admin"))],
  ["/me", screen(() => import("../screens/me/Me"))],
  ["/setup/:step?", screen(() => import("../screens/setup/SetupSteps"))],
];
const Nowhere = screen(() => import("../screens/home/Nowhere"));

function Behind() {
  const { state, refresh } = useSessionDoor();
  if (state.kind === "asking") return null;
  if (state.kind === "failed") return <Failure error={state.error} again={() => void refresh()} />;
  if (state.kind === "setup") return <Setup />;
  if (state.kind === "out" || state.session.state !== "signed_in") return <Door />;
  return (
    <ServerWordsProvider>
      <Shell>
        <ProofDialog />
        <Suspense fallback={null}>
          <Switch>
            {routes.map(([path, Screen]) => (
              <Route key={path} path={path} component={Screen} />
            ))}
            <Route component={Nowhere} />
          </Switch>
        </Suspense>
      </Shell>
    </ServerWordsProvider>
  );
}

/** The document follows the preferences: language, colours. */
function Dress() {
  const { now } = usePreferences();
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const shown = useComputedColorScheme("light", { getInitialValueInEffect: false });
  useEffect(() => setColorScheme(now.theme), [now.theme, setColorScheme]);
  useLayoutEffect(() => applyVariables(shown), [shown]);
  useLayoutEffect(() => {
    document.documentElement.lang = now.language;
  }, [now.language]);
  return null;
}

export function App() {
  const [now, setNow] = useState(preferencesKept);
  const door = useMemo<PreferencesDoor>(
    () => ({
      now,
      change: (to) => {
        const next = { ...now, ...to };
        if (next.language === now.language && next.theme === now.theme && next.view === now.view) return;
        preferencesKeep(next);
        setNow(next);
      },
    }),
    [now],
  );
  return (
    <PreferencesContext.Provider value={door}>
      <MantineProvider
        theme={theme}
        withCssVariables={false}
        withGlobalClasses={false}
        defaultColorScheme={now.theme}
      >
        <Dress />
        <QueryClientProvider client={cache}>
          <SessionProvider>
            <Suspense fallback={null}>
              <Behind />
            </Suspense>
          </SessionProvider>
        </QueryClientProvider>
      </MantineProvider>
    </PreferencesContext.Provider>
  );
}

/** A preference chosen by a person who is signed in is kept on the server too. */
export function rememberPreferences(to: Parameters<PreferencesDoor["change"]>[0]): Promise<unknown> {
  return call("patch", "/api/v1/me", { body: to });
}
