import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configOf, faultsOf, PLANT } from './plant.ts';

const withPlatforms = (...platforms: string[]): string =>
  `${PLANT}platforms:\n${platforms.map((platform) => `  - ${platform}\n`).join('')}`;
const toldOf = async (...platforms: string[]): Promise<string[]> =>
  (await faultsOf(withPlatforms(...platforms))).map((fault) => fault.replace(/^plant.yaml:\d+:\d+ /, ''));

test('a platform as it is written: files beside the plant file, everything else as given', async () => {
  const { platforms, folder, fingerprint } = await configOf(
    withPlatforms(
      '{ id: head-office, url: "wss://platform.example/agents", tokenFile: secrets/token, caFile: /etc/ca.pem }',
    ),
  );
  expect(platforms).toEqual([
    {
      id: 'head-office',
      url: 'wss://platform.example/agents',
      tokenFile: join(folder, 'secrets/token'),
      caFile: '/etc/ca.pem',
      allowPlain: false,
    },
  ]);
  expect((await configOf(PLANT)).fingerprint, 'who is told decides no figure').toBe(fingerprint);
});

test.each(['ws://127.0.0.1:9000', 'ws://localhost:9000', 'ws://[::1]:9000', 'wss://10.1.2.3'])(
  '%s needs nothing more',
  async (url) => {
    expect(await toldOf(`{ id: p, url: "${url}" }`)).toEqual([]);
  },
);

describe('one fault each', () => {
  test.each([
    ['{ id: p, url: "ws://platform.example" }', 'url: ws:// is not encrypted: use wss://, or say allowPlain: true'],
    [
      '{ id: p, url: "ws://127.0.0.1.example.com" }',
      'url: ws:// is not encrypted: use wss://, or say allowPlain: true',
    ],
    ['{ id: p, url: "https://platform.example" }', 'url: no address such as wss://platform.example/agents'],
    [
      '{ id: p, url: "wss://me:secret@platform.example" }',
      'url: no user or password in an address: both have a key of their own',
    ],
    ['{ id: p, url: "wss://p.example#x" }', 'url: an address has no # in it'],
    ['{ id: p, url: "wss://p.example", tokenFile: a, tokenEnv: B }', 'tokenEnv: beside tokenFile: give one'],
    ['{ id: p, url: "wss://p.example", tokenEnv: "A B" }', 'tokenEnv: a name of letters, digits and _'],
    ['{ id: p, url: "wss://p.example", token: abc }', 'token: unknown key'],
    ['{ id: p, url: "ws://localhost", caFile: ca.pem }', 'caFile: ws:// has no certificate'],
    ['{ id: p, url: "ws://localhost", proxy: "http://proxy:3128" }', 'proxy: a tunnel is made for wss:// only'],
    [
      '{ id: p, url: "wss://p.example", proxy: "socks5://proxy" }',
      'proxy: no address such as http://proxy.example:3128',
    ],
    [
      '{ id: p, url: "wss://p.example", proxy: "http://proxy", proxyUser: me }',
      'proxyPasswordFile: proxyUser and proxyPasswordFile (or proxyPasswordEnv) belong together',
    ],
    [
      '{ id: p, url: "wss://p.example", proxy: "http://proxy", proxyUser: me, proxyPasswordFile: f, proxyPasswordEnv: P }',
      'proxyPasswordEnv: beside proxyPasswordFile: give one',
    ],
    ['{ id: p, url: "wss://p.example", proxyUser: me, proxyPasswordFile: f }', 'proxyUser: there is no proxy'],
  ])('%s', async (platform, fault) => {
    expect(await toldOf(platform)).toEqual([`platforms[0].${fault}`]);
  });

  test('a name that is taken', async () => {
    expect(await toldOf('{ id: p, url: "wss://a.example" }', '{ id: p, url: "wss://b.example" }')).toEqual([
      'platforms[1].id: "p" is already the id of platforms[0]',
    ]);
  });
});
