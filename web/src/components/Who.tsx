// このIPはだれ: which terminal and person stood behind an address at a moment, and how sure that is.
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/client";
import { useText2, useWords, words } from "../words/words";
import { Hostile } from "./Hostile";
import { Moment } from "./Moment";
import { Failure } from "./Notice";

const table = words({
  ja: {
    title: (of: string) => `「${of}」はだれ`,
    at: "この時点：",
    none: "その時点の手がかり（アドレスの割り当て、ログオン）は見つかりませんでした。DHCPサーバーやADのログを集めると分かるようになります。",
    since: "から",
  },
  en: {
    title: (of: string) => `Who is “${of}”`,
    at: "As of: ",
    none: "Nothing from that time says so (leases, logons). Collect the logs of your DHCP server and of Active Directory to know.",
    since: "since",
  },
});

export function Who({ of, at }: { of: string; at?: string | undefined }) {
  const say = useWords(table);
  const text = useText2();
  const found = useQuery({ queryKey: ["who", of, at], queryFn: ({ signal }) => call("get", "/api/v1/who", { parameters: { of, at }, signal }) });
  if (found.error) return <Failure error={found.error} again={() => void found.refetch()} />;
  return (
    <section className="sheet" aria-label={say.title(of)}>
      <strong><Hostile text={say.title(of)} /></strong>{" "}
      {found.data && <span className="soft">{say.at}<Moment at={found.data.at} /></span>}
      {found.data?.answers.length === 0 && <p>{say.none}</p>}
      <ul>
        {found.data?.answers.map((one, place) => (
          <li key={place}>
            <Hostile text={text(one.sentence)} /> <span className="soft"><Hostile text={one.certainty} /> · {say.since} <Moment at={one.since} /></span>
          </li>
        ))}
      </ul>
    </section>
  );
}
