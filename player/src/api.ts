// The JSON API on the same origin, with the session cookie.

/** An answer that is not a success: RFC 9457. status 0 means that none came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }

  /** Whether asking again later may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

let bearer = "";

/** Has all requests made by whoever holds that secret, and not by whoever is signed in. */
export function actAs(secret: string): void {
  bearer = secret;
}

/** Whether requests carry a secret, so that what cannot carry one has to be left out. */
export const acting = (): boolean => bearer !== "";

/** Longest wait for an answer. */
const timeoutMs = 20_000;

/** Sends one request; throws a Problem. keepalive lets it outlive the page. */
export async function call<T>(method: string, path: string, body?: unknown, keepalive = false): Promise<T> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    return await answerOf<T>(fetch(path, request(method, body, keepalive, abort.signal)));
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the answer of a request; throws a Problem. */
export async function answerOf<T>(asked: Promise<Response>): Promise<T> {
  try {
    const response = await asked;
    const text = await response.text();
    const answer: unknown = text === "" ? undefined : parse(text);
    if (!response.ok) throw problemOf(response.status, answer);
    return answer as T;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(0, "unreachable", String(error));
  }
}

function request(method: string, body: unknown, keepalive: boolean, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method, credentials: "same-origin", keepalive, signal, headers };
  const lang = globalThis.document?.documentElement.lang; // of the page: it may not be that of the browser
  if (lang) headers["Accept-Language"] = lang;
  if (bearer !== "") headers.Authorization = `Bearer ${bearer}`;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return init;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, answer: unknown): Problem {
  const p = (answer ?? {}) as { code?: string; detail?: string };
  return new Problem(status, p.code ?? "", p.detail ?? "");
}

/** Waits between tries: 1 s, 2 s, 4 s … 30 s, each by chance a little shorter. */
export function backoffMs(tries: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(tries, 5)) * (0.7 + 0.3 * Math.random());
}
