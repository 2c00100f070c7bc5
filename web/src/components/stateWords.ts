// How it stands with the proof and with the backup: a light and a word, the same on every screen.
import type { Schemas } from "../api/client";
import { useWords, words } from "../words/words";
import type { LightState } from "./Light";

const table = words({
  ja: {
    proofNever: "まだ検証していません",
    proofRunning: (percent: number) => `検証しています（${percent}%）`,
    proofGood: "改ざんなし",
    proofDamaged: "異常があります",
    backupNotSet: "用意していません",
    backupNever: "まだ作っていません",
    backupRunning: "作っています",
    backupGood: "できています",
    backupFailed: "失敗しました",
  },
  en: {
    proofNever: "Not verified yet",
    proofRunning: (percent: number) => `Being verified (${percent}%)`,
    proofGood: "Unaltered",
    proofDamaged: "Something is wrong",
    backupNotSet: "Not set up",
    backupNever: "None made yet",
    backupRunning: "Being made",
    backupGood: "In order",
    backupFailed: "Failed",
  },
});

export interface Standing {
  light: LightState;
  word: string;
}

export function useStanding() {
  const say = useWords(table);
  const verified = (found: Schemas["Verified"] | undefined): Standing => {
    const states: Record<Schemas["Verified"]["state"], Standing> = {
      never: { light: "look", word: say.proofNever },
      running: { light: "unknown", word: say.proofRunning(found?.percent ?? 0) },
      good: { light: "good", word: say.proofGood },
      damaged: { light: "act", word: say.proofDamaged },
    };
    return states[found?.state ?? "never"];
  };
  const backup = (found: Schemas["Backup"] | undefined): Standing => {
    const states: Record<Schemas["Backup"]["state"], Standing> = {
      not_set: { light: "look", word: say.backupNotSet },
      never: { light: "look", word: say.backupNever },
      running: { light: "unknown", word: say.backupRunning },
      good: { light: "good", word: say.backupGood },
      failed: { light: "act", word: say.backupFailed },
    };
    return states[found?.state ?? "not_set"];
  };
  return { verified, backup };
}
