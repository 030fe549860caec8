import type { OptionsOf } from './options.ts';
import { tokenFrom } from './tokenFrom.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

/** `pertonne explain`: asks a running agent how a figure came about, and prints its answer. */
export async function explain(options: OptionsOf<'explain'>): Promise<number> {
  const { metric, window: name, url, lang, json, 'token-file': tokenFile } = options;
  if (!URL.canParse(url)) throw new UsageError(`--url: "${url}" is none such as http://localhost:8080`);
  const target = new URL(`/v1/metrics/${encodeURIComponent(metric)}/explain`, url);
  target.search = String(new URLSearchParams(queryOf(name)));
  const token = await tokenFrom(tokenFile);
  const headers = {
    ...{ accept: json ? 'application/json' : 'text/plain', 'accept-language': lang },
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(target, { headers }).catch((cause: unknown) => {
    throw new Refused(`no agent answers at ${url}; --url says where it is`, { cause });
  });
  const text = await answer.text();
  if (!answer.ok) throw new UsageError(messageOf(text) ?? `${url} answers ${answer.status}`);
  process.stdout.write(json ? `${text}\n` : text);
  return EXIT.done;
}

/** `coil#4711` is the piece 4711; without a time it is the window that is running. */
function queryOf(name: string): Record<string, string> {
  const [, window = '', sign, which = ''] = /^([^@#]*)([@#]?)(.*)$/s.exec(name)!;
  if (sign === '#') return { window, piece: which };
  return { window, at: sign === '@' ? which : 'now' };
}

/** The sentence in which an agent refuses. */
function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
