import { z } from 'zod';
import { EnvironmentName, Id } from '../rules/options.ts';

/** Platforms that the agent dials out to. Secrets stand in files or in the environment, never here. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

const address = (schemes: RegExp, example: string) =>
  z.string().superRefine((text, { addIssue }) => {
    const fault = (message: string): void => addIssue({ code: 'custom', message });
    if (!URL.canParse(text) || !schemes.test(text)) return fault(`no address such as ${example}`);
    const { username, password, hash } = new URL(text);
    if (username || password) fault('no user or password in an address: both have a key of their own');
    if (hash) fault('an address has no # in it');
  });

export const Platform = z
  .strictObject({
    id: Id.max(64).describe('names its place in the log, its state and its figures in /metrics'),
    url: address(/^wss?:\/\//, 'wss://platform.example/agents').describe(
      'ws:// only to this machine, or with allowPlain',
    ),
    tokenFile: z.string().min(1).optional().describe('file that holds the bearer token; read at each connect'),
    tokenEnv: EnvironmentName.optional().describe('environment variable that holds it, where a file cannot be had'),
    caFile: z.string().min(1).optional().describe("certificates (PEM) that are trusted instead of the machine's"),
    proxy: address(/^https?:\/\//, 'http://proxy.example:3128')
      .optional()
      .describe('asked for a tunnel (CONNECT); the proxies of the environment are not used'),
    proxyUser: z.string().min(1).optional(),
    proxyPasswordFile: z.string().min(1).optional().describe("file that holds the proxy user's password"),
    proxyPasswordEnv: EnvironmentName.optional().describe('environment variable that holds it'),
    allowPlain: z
      .boolean()
      .default(false)
      .describe('ws:// to another machine: figures and token can be read, and changed, on the way'),
  })
  .superRefine((given, { addIssue }) => {
    const fault = (key: keyof typeof given, message: string): void =>
      addIssue({ code: 'custom', path: [key], message });
    const isPlain = given.url.startsWith('ws:');
    const isNear = URL.canParse(given.url) && LOOPBACK.test(new URL(given.url).hostname);
    if (isPlain && !isNear && !given.allowPlain)
      fault('url', 'ws:// is not encrypted: use wss://, or say allowPlain: true');
    if (given.tokenFile !== undefined && given.tokenEnv !== undefined) fault('tokenEnv', 'beside tokenFile: give one');
    if (isPlain && given.caFile !== undefined) fault('caFile', 'ws:// has no certificate');
    if (isPlain && given.proxy !== undefined) fault('proxy', 'a tunnel is made for wss:// only');
    if (given.proxyUser !== undefined && given.proxy === undefined) fault('proxyUser', 'there is no proxy');
    const passwords = [given.proxyPasswordFile, given.proxyPasswordEnv].filter((one) => one !== undefined).length;
    if (passwords === 2) fault('proxyPasswordEnv', 'beside proxyPasswordFile: give one');
    if ((given.proxyUser === undefined) !== (passwords === 0))
      fault('proxyPasswordFile', 'proxyUser and proxyPasswordFile (or proxyPasswordEnv) belong together');
  })
  .describe('a platform that takes no connections from the plant: the agent connects to it and speaks pertonne.v1');
export type Platform = z.infer<typeof Platform>;
