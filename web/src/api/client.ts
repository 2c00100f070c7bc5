// One door to the API: typed by openapi.yaml, the CSRF header on everything that changes, errors as ApiError.
import type { components, operations, paths } from "./schema";

export type Schemas = components["schemas"];
export type Operations = operations;

export interface ErrorWords {
  id: string;
  ja: string;
  en: string;
  line?: number;
  column?: number;
  field?: string;
  retry_after_seconds?: number;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly words: ErrorWords,
  ) {
    super(words.id);
  }
}

const offline: ErrorWords = {
  id: "page.offline",
  ja: "Akashiのサーバーと通信できません。サーバーの電源とネットワークを確かめてください。",
  en: "The Akashi server does not answer. Check that it is running and that the network works.",
};

const unreadable: ErrorWords = {
  id: "page.unreadable",
  ja: "サーバーの答えを読めませんでした。画面を開き直しても続くときは、管理者に知らせてください。",
  en: "The server's answer could not be read. If reloading the page does not help, tell your administrator.",
};

let csrf = "";
let onSignedOut: () => void = () => undefined;
let askProof: () => Promise<boolean> = () => Promise.resolve(false);

/** Set by the session after each answer that carries a token. */
export function setCsrf(token: string | undefined): void {
  if (token !== undefined) csrf = token;
}

/** Called whenever an answer says that nobody is signed in any more. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

/** Called when an act needs the password once more; true: it was given, and the act is tried again. */
export function whenProofNeeded(ask: () => Promise<boolean>): void {
  askProof = ask;
}

export type Parameters = Record<string, string | number | boolean | undefined>;

export function urlOf(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** In place of the server's own words, which speak to programmers: an operation that this server does not have. */
const absent: ErrorWords = {
  id: "api.path",
  ja: "このAkashiのサーバーには、この機能がありません。新しい版のAkashiで使えるようになります。",
  en: "This Akashi server does not have this function. A newer version of Akashi will.",
};

export const isAbsent = (error: unknown): boolean => error instanceof ApiError && error.words.id === absent.id;

export async function errorOf(answer: Response): Promise<ApiError> {
  try {
    const body = (await answer.json()) as { error?: ErrorWords };
    if (body.error?.id === absent.id) return new ApiError(answer.status, absent);
    if (body.error?.id) return new ApiError(answer.status, body.error);
  } catch {
    // no JSON: said below
  }
  return new ApiError(answer.status, unreadable);
}

function request(method: string, url: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["Akashi-CSRF"] = csrf;
  return fetch(url, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
    credentials: "same-origin",
  });
}

/** The answer, or ApiError. A 401 on anything but the front door ends the session of the page. */
export async function send(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  for (let again = false; ; again = true) {
    let answer: Response;
    try {
      answer = await request(method, url, body, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, offline);
    }
    setCsrf(answer.headers.get("Akashi-CSRF") ?? undefined); // the session took a new id in passing
    if (answer.ok) return answer;
    const error = await errorOf(answer);
    if (error.words.id === "account.prove" && !again && (await askProof())) continue;
    if (answer.status === 401 && !/^\/api\/v1\/(session|setup)/.test(url)) onSignedOut();
    throw error;
  }
}

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;
type Answer<Operation> = Operation extends { responses: infer Responses }
  ? Responses extends { 200: infer Good }
    ? Json<Good>
    : undefined
  : undefined;
type Question<Operation> = Operation extends { requestBody: { content: { "application/json": infer Body } } } ? Body : undefined;
type Method = "get" | "put" | "post" | "patch" | "delete";

/** `call("get", "/api/v1/home")`: the path as the description writes it, `{name}` filled from `parts`. */
export async function call<P extends keyof paths, M extends Method & keyof paths[P]>(
  method: M,
  path: P,
  given: { parts?: Record<string, string | number>; parameters?: Parameters; body?: Question<paths[P][M]>; signal?: AbortSignal } = {},
): Promise<Answer<paths[P][M]>> {
  const filled = String(path).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given.parts?.[name] ?? "")));
  const answer = await send(method.toUpperCase(), urlOf(filled, given.parameters), given.body, given.signal);
  if (answer.status === 204 || answer.status === 202) return undefined as Answer<paths[P][M]>;
  return (await answer.json()) as Answer<paths[P][M]>;
}
