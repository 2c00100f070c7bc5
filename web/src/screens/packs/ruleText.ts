// A rule's text, as far as the page must know it: its id, a copy of it, a first one.

const ID_LINE = /^id:[ \t]*(['"]?)([^'"\s#]+)\1[ \t]*(?:#.*)?$/m;

/** The id of the first rule in the text. */
export function ruleId(yaml: string): string | undefined {
  return ID_LINE.exec(yaml)?.[2];
}

/** Random, version 4; also where the page is not served over TLS and randomUUID is not to be had. */
export function newId(bytes = crypto.getRandomValues(new Uint8Array(16))): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

/** The same rule under an id of its own. */
export function copyOf(yaml: string, id: string): string {
  return ruleId(yaml) === undefined ? `id: ${id}\n${yaml}` : yaml.replace(ID_LINE, `id: ${id}`);
}

export function firstRule(title: string, id: string): string {
  return `title: ${title}
id: ${id}
status: test
logsource:
  product: akashi
detection:
  selection:
    event.action: DELETE
    event.outcome: success
  condition: selection
level: medium
`;
}
