import { useEffect, useRef, useState } from 'preact/hooks';

/** The agent does not let us in: 401 where one has to log in, 403 where that would not help. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly status: 401 | 403;
  constructor(status: 401 | 403, message: string) {
    super(message);
    this.status = status;
  }
}

/** The agent answered that it cannot, and said why. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  /** After which it may be tried again; 0 where nothing was said of it. */
  readonly waitSeconds: number;
  constructor(status: number, message: string, waitSeconds = 0) {
    super(message);
    this.status = status;
    this.waitSeconds = waitSeconds;
  }
}

const PATIENCE_MS = 10_000;

/** An address of the agent that serves this page. */
export const agentUrl = (path: string, query: Readonly<Record<string, string>> = {}): URL => {
  const url = new URL(path, document.baseURI);
  url.search = new URLSearchParams(query).toString();
  url.hash = '';
  return url;
};

/** Rejects with RefusedError or ApiError; both say why. */
export async function ask(url: URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), ...init });
  if (response.ok) return response;
  const { message, error } = await response
    .json()
    .then((body: { error?: string; message?: string }) => body)
    .catch((): { error?: string; message?: string } => ({}));
  const words = message ?? error ?? `${url.pathname}: ${response.status}`;
  throw response.status === 401 || response.status === 403
    ? new RefusedError(response.status, words)
    : new ApiError(response.status, words, Number(response.headers.get('retry-after') ?? 0));
}

const JSON_WANTED = { headers: { accept: 'application/json' } };

export const getJson = async <T>(url: URL): Promise<T> => (await ask(url, JSON_WANTED)).json() as Promise<T>;

export const postJson = async <T>(url: URL, body: unknown): Promise<T> =>
  (
    await ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json() as Promise<T>;

/** What an answer is at present; `data` of the last answer stays in sight while a newer one is on its way. */
export interface Fetched<T> {
  readonly data: T | null;
  readonly error: Error | null;
}

/**
 * Asks by `load` at once and whenever one of `reasons` changes. Answers are taken as they come, but for those that are
 * older than the one in sight: where reasons change faster than the agent answers, there is something to see all the same.
 */
export function useFetched<T>(load: () => Promise<T>, reasons: readonly unknown[]): Fetched<T> {
  const [fetched, setFetched] = useState<Fetched<T>>({ data: null, error: null });
  const asked = useRef(0);
  const inSight = useRef(0);
  useEffect(() => {
    const mine = ++asked.current;
    const take = (next: (before: Fetched<T>) => Fetched<T>): void => {
      if (mine < inSight.current) return;
      inSight.current = mine;
      setFetched(next);
    };
    load().then(
      (data) => take(() => ({ data, error: null })),
      (error: Error) => take(({ data }) => ({ data, error })),
    );
  }, reasons);
  return fetched;
}
