import { useEffect, useState } from 'preact/hooks';

/** The agent lets nobody in without a token. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** The agent answered that it cannot, and said why. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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
    ? new RefusedError(words)
    : new ApiError(response.status, words);
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

/** Asks by `load` at once and whenever one of `reasons` changes; an answer that was overtaken is dropped. */
export function useFetched<T>(load: () => Promise<T>, reasons: readonly unknown[]): Fetched<T> {
  const [fetched, setFetched] = useState<Fetched<T>>({ data: null, error: null });
  useEffect(() => {
    let current = true;
    load().then(
      (data) => current && setFetched({ data, error: null }),
      (error: Error) => current && setFetched(({ data }) => ({ data, error })),
    );
    return () => {
      current = false;
    };
  }, reasons);
  return fetched;
}
