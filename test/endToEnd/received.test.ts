import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { dialling } from '../agent/dialoutKit.ts';
import { figures, kits, range } from '../agent/streamKit.ts';
import { freePort } from '../support/freePort.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { receivedIn } from '../support/received.ts';
import { madeUpRecord } from '../support/steel.ts';

const folder = temporaryFolder();
const { agent, close } = kits();
const running = new Set<Pertonne>();
afterEach(close);
afterAll(async () => {
  for (const one of running) await one.kill('SIGKILL');
  folder.remove();
});
const start = (...args: string[]): Pertonne => {
  const made = new Pertonne(...args);
  running.add(made);
  void made.exited.then(() => running.delete(made));
  return made;
};
const random = (least: number, most: number): Promise<void> =>
  realClock().delay(least + Math.random() * (most - least));

const KILLS = 6;

describe.each(['kept.db', 'kept.jsonl'])('a receiver into %s, killed at any instant', (name) => {
  test('has every record once', async () => {
    const it = await agent({ limits: { windowBytes: 50_000 } });
    const [out, port] = [join(folder.path, name), String(await freePort())];
    const receiving = (): Pertonne => start('receive', '--out', out, '--port', port);
    const { stop, status } = dialling(it, [{ id: 'head-office', url: `ws://127.0.0.1:${port}` }]);
    let loading = true;
    let written = 0;
    const load = (async () => {
      for (; loading; written += 30) {
        await it.append(figures(30, 300));
        await realClock().delay(10);
      }
    })();
    let receiver = receiving();
    for (let kill = 0; kill < KILLS; kill++) {
      await receiver.line({ event: 'agent-connected' });
      await random(0, 300);
      await receiver.kill('SIGKILL');
      receiver = receiving();
    }
    loading = false;
    await load;
    await expect.poll(() => status().behind, { timeout: 60_000 }).toBe(0);
    await stop();
    expect(await receiver.kill('SIGTERM')).toBe(0);
    expect((await receivedIn(out)).seqs('test', it.store.epoch)).toEqual(range(1, written));
  });
});

test('agent and receiver killed in turn: the far end has the whole log, word for word', {
  timeout: 240_000,
}, async () => {
  const [csv, config] = [join(folder.path, 'record.csv'), join(folder.path, 'plant.yaml')];
  const [data, token] = [join(folder.path, 'data'), join(folder.path, 'token')];
  const [out, port, own] = [join(folder.path, 'all.db'), String(await freePort()), String(await freePort())];
  writeFileSync(csv, madeUpRecord(1));
  const plant = start('plant', '--replay', csv, '--speed', '3600', '--delay', '5', '--config', config);
  await plant.line({ config });
  writeFileSync(token, 'a-token\n');
  appendFileSync(config, `platforms:\n  - { id: far, url: "ws://127.0.0.1:${port}", tokenFile: token }\n`);
  const receiving = (): Pertonne => start('receive', '--out', out, '--port', port, '--token-file', token);
  const running = (): Pertonne => start('run', '-c', config, '--port', own, '--data', data);
  let [receiver, line] = [receiving(), running()];
  await line.url();
  for (let kill = 0; kill < 4; kill++) {
    await receiver.line({ event: 'agent-connected' });
    await random(100, 1_000);
    await line.kill('SIGKILL');
    line = running();
    await receiver.line({ event: 'agent-gone' });
    await random(0, 1_000);
    await receiver.kill('SIGKILL');
    receiver = receiving();
    await line.url();
  }
  const address = await line.url();
  const live = async (): Promise<string> => (await fetch(`${address}/metrics`)).text();
  await expect.poll(live, { timeout: 60_000 }).toMatch(/^pertonne_platform_up\{platform="far"\} 1$/m);
  expect(await plant.kill('SIGTERM')).toBe(0);
  await expect.poll(live, { timeout: 60_000 }).toMatch(/^pertonne_platform_behind_records\{platform="far"\} 0$/m);
  expect(await line.kill('SIGTERM')).toBe(0);
  expect(await receiver.kill('SIGTERM')).toBe(0);

  const log = await openSqlite(join(data, 'pertonne.db'), { readOnly: true });
  const rows = await log.all<{ seq: number; body: string; epoch: string }>(
    'SELECT seq, body, epoch FROM log, meta ORDER BY seq',
  );
  await log.close();
  const kept = await receivedIn(out);
  const { epoch } = rows[0]!;
  // What was committed while it ended is for the next start.
  const seqs = kept.seqs('replay', epoch);
  expect(seqs.length).toBeGreaterThan(50);
  expect(seqs).toEqual(range(1, seqs.length));
  expect(rows.length - seqs.length).toBeLessThan(5);
  for (const { seq, body } of rows.slice(0, seqs.length))
    expect(kept.body('replay', epoch, seq)).toEqual(JSON.parse(body));
});

test('says what is wrong with its arguments, and opens nothing to other machines without a token and TLS', async () => {
  const refused = async (code: number, words: RegExp, ...args: string[]): Promise<void> => {
    const command = start('receive', ...args);
    expect(await command.exited).toBe(code);
    expect(command.stderr).toMatch(words);
  };
  const out = join(folder.path, 'refused.db');
  await refused(2, /receive needs --out/);
  await refused(2, /ends in \.db \(SQLite\) or \.jsonl/, '--out', 'x.csv');
  await refused(2, /other machines need --token-file, --tls-cert and --tls-key/, '--out', out, '--host', '0.0.0.0');
  await refused(2, /belong together/, '--out', out, '--tls-cert', 'x.pem');
  await refused(3, /nowhere\/token cannot be read/, '--out', out, '--token-file', '/nowhere/token');
  await refused(3, /cannot be written/, '--out', '/nowhere/x.db');
});
