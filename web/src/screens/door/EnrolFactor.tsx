// The second factor is set up: picture, first code, recovery codes. Also used by the person's own settings.
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { call, type Schemas } from "../../api/client";
import { Failure } from "../../components/Notice";
import { useWords } from "../../words/words";
import { DoorFrame, useAct } from "./DoorFrame";
import classes from "./DoorFrame.module.css";
import { doorWords } from "./doorWords";

/** The picture as an image, never as markup of the page. */
const picture = (svg: string) => `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;

function Codes({ codes, done }: { codes: string[]; done(): void }) {
  const say = useWords(doorWords);
  return (
    <DoorFrame title={say.recoveryTitle} failure={undefined}>
      <p>{say.recoveryHelp}</p>
      <ul className={`${classes.codes} mono`}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button variant="default" className="no-print" onClick={() => window.print()}>
        {say.print}
      </Button>
      <Button size="md" className="no-print" onClick={done}>
        {say.kept}
      </Button>
    </DoorFrame>
  );
}

function Picture({ seed, confirmed }: { seed: Schemas["TotpSeed"]; confirmed(codes: string[]): void }) {
  const say = useWords(doorWords);
  const [code, setCode] = useState("");
  const { busy, failure, act } = useAct();
  const confirm = (event: FormEvent) => {
    event.preventDefault();
    const plain = code.normalize("NFKC").replace(/\s/g, "");
    void act(async () => confirmed((await call("put", "/api/v1/me/totp", { body: { code: plain } })).codes));
  };
  return (
    <DoorFrame title={say.enrolTitle} failure={failure} onSubmit={confirm}>
      <p>{say.enrolHelp}</p>
      <img className={classes.picture} src={picture(seed.qr_svg)} alt={seed.uri} />
      <p className="soft">{say.enrolSeed}</p>
      <p className={`${classes.seed} mono`}>{seed.seed.replace(/\s/g, "").replace(/(.{4})/g, "$1 ").trim()}</p>
      <TextInput
        label={say.code}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        autoFocus
        maxLength={16}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" size="md" loading={busy}>
        {say.next}
      </Button>
    </DoorFrame>
  );
}

export function EnrolFactor({ done }: { done(): void }) {
  const [codes, setCodes] = useState<string[] | undefined>();
  // a seed is made once: asking again would make the scanned one worthless
  const seed = useQuery({
    queryKey: ["totp"],
    queryFn: () => call("post", "/api/v1/me/totp"),
    staleTime: Infinity,
    gcTime: 0,
  });
  if (codes) return <Codes codes={codes} done={done} />;
  if (seed.error) return <Failure error={seed.error} again={() => void seed.refetch()} />;
  if (!seed.data) return null;
  return <Picture seed={seed.data} confirmed={setCodes} />;
}
