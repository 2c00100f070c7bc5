// A password input whose eye speaks the reader's language.
import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useWords, words } from "../words/words";

const table = words({ ja: { show: "入力した文字を見せる・隠す" }, en: { show: "Show or hide what is typed" } });

/** Passwords longer than this are refused by the server, too. */
const CHARACTERS_MAX = 256;

export function PasswordField(given: PasswordInputProps) {
  const say = useWords(table);
  return <PasswordInput required maxLength={CHARACTERS_MAX} visibilityToggleButtonProps={{ "aria-label": say.show }} {...given} />;
}
