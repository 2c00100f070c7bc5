// Some acts ask once more who is sitting there: password, and code where there is a second factor.
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { ApiError, call, setCsrf, whenProofNeeded } from "../api/client";
import { Failure } from "../components/Notice";
import { PasswordField } from "../components/PasswordField";
import { useWords, words } from "../words/words";
import { useSession } from "./session";

const table = words({
  ja: {
    title: "本人の確認",
    help: "大切な操作なので、もう一度パスワードを入れてください。15分のあいだは聞きません。",
    password: "パスワード",
    code: "確認コード",
    go: "続ける",
    stop: "やめる",
    close: "閉じる",
  },
  en: {
    title: "Is it you?",
    help: "This act matters, so please give your password again. You will not be asked for the next 15 minutes.",
    password: "Password",
    code: "Code",
    go: "Continue",
    stop: "Cancel",
    close: "Close",
  },
});

export function ProofDialog() {
  const say = useWords(table);
  const session = useSession();
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [failure, setFailure] = useState<unknown>();
  const settle = useRef<(given: boolean) => void>(() => undefined);

  useEffect(() => {
    whenProofNeeded(
      () =>
        new Promise((resolve) => {
          settle.current = resolve;
          setOpen(true);
        }),
    );
    return () => whenProofNeeded(() => Promise.resolve(false));
  }, []);

  const end = (given: boolean) => {
    setOpen(false);
    setPassword("");
    setCode("");
    setFailure(undefined);
    settle.current(given);
  };
  const prove = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const plain = code.normalize("NFKC").replace(/\s/g, "");
      setCsrf((await call("post", "/api/v1/session/proof", { body: session.second_factor ? { password, code: plain } : { password } })).csrf);
      end(true);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error);
    }
  };
  return (
    <Modal opened={open} onClose={() => end(false)} title={say.title} closeButtonProps={{ "aria-label": say.close }}>
      <form onSubmit={(event) => void prove(event)}>
        <Stack>
          <p>{say.help}</p>
          {failure !== undefined && <Failure error={failure} />}
          <PasswordField label={say.password} autoComplete="current-password" data-autofocus value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
          {session.second_factor && (
            <TextInput label={say.code} autoComplete="one-time-code" inputMode="numeric" required maxLength={64} value={code} onChange={(event) => setCode(event.currentTarget.value)} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => end(false)}>
              {say.stop}
            </Button>
            <Button type="submit">{say.go}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
