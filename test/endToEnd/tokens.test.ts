import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);
const data = at('data');

const PLANT = `version: 1
agent: guarded
endpoints:
  - { id: meter, protocol: modbus, host: 127.0.0.1, port: 1 }
tags:
  - { id: kwh, endpoint: meter, unit: kWh, address: { unitId: 1, register: 1, type: uint32 } }
plant: { path: acme/works }
`;

test('a token is made, shown once, listed, and taken back; an agent that runs takes it up', async () => {
  const made = await ended('token', 'add', 'scada', '--scope', 'read', '--expires', '90d', '--data', data);
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^pertonne_[\w-]{43}$/) });
  expect(made.err).toMatch(/scope read, expires 20\d\d-/);
  expect(await ended('token', 'add', 'scada', '--scope', 'read', '--data', data)).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is a token "scada"'),
  });
  const { out: list } = await ended('token', 'list', '--data', data);
  expect(list).toMatch(/^scada\tread\tmade .*\texpires /);
  expect(list + readFileSync(join(data, 'tokens.json'), 'utf8')).not.toContain(made.out.slice(9));

  writeFileSync(at('plant.yaml'), PLANT);
  writeFileSync(at('scada.token'), `${made.out}\n`);
  const agent = new Pertonne('run', '-c', at('plant.yaml'), '--port', '0', '--data', data);
  const url = await agent.url();
  const tail = (...token: string[]) =>
    ended('tail', url.replace('http', 'ws'), '--no-follow', '--from', 'earliest', ...token);
  expect(await tail('--token-file', at('scada.token'))).toMatchObject({ code: 0 });
  expect(await tail()).toMatchObject({ code: 3, err: expect.stringContaining('token') });
  expect(await tail('--token-file', at('none'))).toMatchObject({
    code: 3,
    err: expect.stringContaining('cannot be read'),
  });
  const explain = ['explain', 'none', 'hour@last', '--url', url];
  expect((await ended(...explain)).err).toContain('a valid token is needed');
  expect((await ended(...explain, '--token-file', at('scada.token'))).err).toContain('no metric');

  expect((await ended('token', 'remove', 'scada', '--data', data)).out).toContain(
    'none is left, so that nobody is let in',
  );
  await agent.line({ event: 'tokens-read', tokens: 0 });
  expect(await tail('--token-file', at('scada.token'))).toMatchObject({ code: 3 });
  expect(await agent.kill('SIGTERM')).toBe(0);
  expect(agent.lines.join()).not.toContain(made.out);
});

test.each([
  [['token', 'dance'], 'add, list or remove'],
  [['token', 'add'], 'token add NAME'],
  [['token', 'add', 'x'], '--scope read, enter or admin'],
  [['token', 'add', 'x', '--scope', 'root'], 'read, enter or admin'],
  [['token', 'add', 'a\nb', '--scope', 'read'], 'a name starts with'],
  [['token', 'add', 'x', '--scope', 'read', '--expires', 'soon'], 'a duration such as'],
  [['token', 'add', 'x', '--scope', 'admin', '--lines', 'a'], 'sees all lines'],
  [['token', 'add', 'x', '--scope', 'read', '--lines', 'a b'], 'a name starts with'],
  [['token', 'list', 'x'], 'takes no name'],
  [['token', 'remove', 'x', '--scope', 'read'], 'belong to token add'],
  [['token', 'remove', 'nobody'], 'there is no token "nobody"'],
])('%j is refused in a sentence', async (args, words) => {
  expect(await ended(...args, '--data', at('none'))).toMatchObject({ code: 2, err: expect.stringContaining(words) });
  expect(existsSync(at('none/tokens.json'))).toBe(false);
});

test('other machines are listened to with tokens only, and in clear only where the plant file says so', async () => {
  const run = (http: string, folderName: string) => {
    writeFileSync(at('open.yaml'), `${PLANT}http: ${http}\n`);
    return ['run', '-c', at('open.yaml'), '--port', '0', '--data', at(folderName)];
  };
  const refused = await ended(...run('{ host: 0.0.0.0, allowPlain: true }', 'bare'));
  expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('pertonne token add') });
  await ended('token', 'add', 'a', '--scope', 'read', '--data', at('kept'));
  const faulty = await ended(...run('{ host: 0.0.0.0, tls: { certFile: none.crt, keyFile: none.key } }', 'kept'));
  expect(faulty).toMatchObject({ code: 3, err: `${at('none.crt')} cannot be read (ENOENT)\n` });
  const plain = await ended(...run('{ host: 0.0.0.0 }', 'kept'));
  expect(plain).toMatchObject({ code: 3, err: expect.stringContaining('allowPlain') });
  const agent = new Pertonne(...run('{ host: 0.0.0.0, allowPlain: true }', 'kept'));
  await agent.line({ event: 'http-plain' });
  expect((await fetch(`${(await agent.url()).replace('0.0.0.0', '127.0.0.1')}/v1/plant`)).status).toBe(401);
  expect(await agent.kill('SIGTERM')).toBe(0);
});
