// The API from fixtures, on loopback; and the built page, under the policy it has in life.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { checkAnswer, checkQuestion, checkSearchLine, operationOf } from "./described.mjs";

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const LINES_AT_ONCE = 200;

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

function page(folder, path, answer) {
  const inside = normalize(path).replace(/^(\.\.[/\\])+/, "");
  const file = join(folder, inside);
  const found = extname(inside) && existsSync(file) ? file : join(folder, "index.html");
  answer.writeHead(200, { "Content-Type": TYPES[extname(found)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
  answer.end(readFileSync(found));
}

async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("utf8");
  return text ? JSON.parse(text) : undefined;
}

/**
 * fixtures: { "GET /api/v1/stories/{id}": ({ parts, query, body, state }) => answer }
 *   answer  { status?, body } | { lines: [...] } NDJSON | { events: [{event, data, id?}], every_ms } SSE | { bytes, type }
 * state: one object for the life of the server, for fixtures that change.
 * Returns { url, asked: [{method, path, query, body}], faults: [text], state, close() }.
 */
export async function start({ folder, fixtures, state = {} }) {
  const asked = [];
  const faults = [];
  const server = createServer((request, answer) => {
    const url = new URL(request.url, "http://127.0.0.1");
    if (!url.pathname.startsWith("/api/")) return page(folder, url.pathname, answer);
    respond(request, url, answer).catch((error) => {
      faults.push(`${request.method} ${url.pathname}: ${error.message}`);
      if (!answer.headersSent) answer.writeHead(500, { "Content-Type": "application/json" });
      answer.end(JSON.stringify({ error: { id: "mock", ja: error.message, en: error.message } }));
    });
  });

  async function respond(request, url, answer) {
    const found = operationOf(request.method, url.pathname);
    if (!found) throw new Error("not described in api/openapi.yaml");
    const body = await bodyOf(request);
    const query = Object.fromEntries(url.searchParams);
    asked.push({ method: request.method, path: url.pathname, query, body });
    checkQuestion(found.operation, body);
    const make = fixtures[`${request.method} ${found.template}`];
    if (!make) throw new Error("no fixture");
    const made = await make({ parts: found.parts, query, body, state });
    if (made.lines) return stream(made, answer);
    if (made.events) return events(made, answer);
    if (made.bytes) {
      answer.writeHead(200, { "Content-Type": made.type });
      return answer.end(made.bytes);
    }
    const status = made.status ?? (made.body === undefined ? 204 : 200);
    checkAnswer(found.operation, status, made.body);
    answer.writeHead(status, { "Content-Type": "application/json" });
    answer.end(made.body === undefined ? undefined : JSON.stringify(made.body));
  }

  function stream(made, answer) {
    answer.writeHead(200, { "Content-Type": "application/x-ndjson" });
    for (let at = 0; at < made.lines.length; at += LINES_AT_ONCE) {
      const some = made.lines.slice(at, at + LINES_AT_ONCE);
      some.forEach(checkSearchLine);
      answer.write(some.map((line) => `${JSON.stringify(line)}\n`).join(""));
    }
    answer.end();
  }

  function events(made, answer) {
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    let at = 0;
    const timer = setInterval(() => {
      const event = made.events[at++];
      if (!event) return;
      answer.write(`${event.id === undefined ? "" : `id: ${event.id}\n`}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`);
    }, made.every_ms ?? 50);
    answer.on("close", () => clearInterval(timer));
  }

  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    faults,
    state,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
