import { readFile, rm, writeFile } from 'node:fs/promises';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { join } from 'node:path';

/** Where a running agent listens, kept in its data folder for those who look after it on its machine. */
const fileIn = (dataFolder: string): string => join(dataFolder, 'listening.json');

/** Says where the agent on this folder can be asked. Rejects as `writeFile` does. */
export const announce = (dataFolder: string, url: string): Promise<void> =>
  writeFile(fileIn(dataFolder), `${JSON.stringify({ url })}\n`);

export const withdraw = (dataFolder: string): Promise<void> => rm(fileIn(dataFolder), { force: true });

/** The address that the agent on this folder announced; null where none runs, or where it could not say so. */
export async function whereabouts(dataFolder: string): Promise<URL | null> {
  try {
    const { url } = JSON.parse(await readFile(fileIn(dataFolder), 'utf8')) as { url: unknown };
    return typeof url === 'string' && URL.canParse(url) ? onThisMachine(new URL(url)) : null;
  } catch {
    return null;
  }
}

/** What listens on every address listens on this machine's own. */
function onThisMachine(url: URL): URL {
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  return url;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Real milliseconds of silence after which an agent does not answer. */
const PATIENCE = 4_000;

/** GETs one path of an agent on this machine. Rejects when it does not answer. */
export function ask(agent: URL, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const get = agent.protocol === 'https:' ? getSecure : getPlain;
  // Its certificate is for its name in the network, and whoever could stand in for it here could read its folder too.
  const options = { headers: { host: 'localhost', ...headers }, timeout: PATIENCE, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const request = get(new URL(path, agent), options, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer within four seconds')));
    request.once('error', reject);
  });
}
