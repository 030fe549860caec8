import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { EntriesPage, EntryReceipt, FiguresPage } from '../../agent/http/answers.ts';
import { BY_HAND, minute, NOW, WHOLE_HOUR } from '../agent/agentKit.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';

/** An operator's program that says each entry until it is answered, and an agent that is killed meanwhile. */

const KILLS = 6;
const COILS = 120;
const folder = temporaryFolder();
afterAll(() => folder.remove());
const real = realClock();
const coils = Array.from({ length: COILS }, (_, n) => ({
  ...{
    type: 'piece',
    key: `coil-${n}`,
    meter: 'coils',
    by: 'Li',
    piece: `coil-${n}`,
    amount: 1 + n / 100,
    at: minute(20),
  },
}));

test('entries said again and again over kills count once each, and are answered the same', {
  timeout: 240_000,
}, async () => {
  const plant = join(folder.path, 'plant.yaml');
  const clock = { speed: 1, from: new Date(NOW).toISOString(), at: new Date().toISOString() };
  writeFileSync(plant, `${BY_HAND}clock: ${JSON.stringify(clock)}\n`);
  const start = (): Pertonne => new Pertonne('run', '-c', plant, '--port', '0', '--data', join(folder.path, 'data'));
  let agent = start();
  let url = await agent.url();
  /** The answer, however often it must be said; undefined while nobody answers. */
  const say = async (body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/v1/entries`, { method: 'POST', headers, body: JSON.stringify(body) }).catch(
      () => null,
    );
    if (answer) expect(answer.status).toBe(200);
    return answer?.json().catch(() => undefined);
  };
  const insist = async (body: object): Promise<unknown> => {
    for (let answer = await say(body); ; answer = await say(body)) {
      if (answer !== undefined) return EntryReceipt.parse(answer);
      await real.delay(20);
    }
  };

  for (const piece of WHOLE_HOUR) await insist(piece);
  const answers: unknown[] = [];
  const saying = (async () => {
    for (const coil of coils) answers.push(await insist(coil));
  })();
  for (let kill = 1; kill <= KILLS; kill++) {
    const reached = (kill * COILS) / (KILLS + 1) - Math.random();
    await expect.poll(() => answers.length, { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(reached);
    await real.delay(Math.random() * 20);
    await agent.kill('SIGKILL');
    agent = start();
    url = await agent.url();
  }
  await saying;

  for (const [n, coil] of coils.entries()) expect(await insist(coil)).toEqual(answers[n]);
  const { entries } = EntriesPage.parse(await (await fetch(`${url}/v1/entries?limit=2000`)).json());
  expect(entries.map(({ key }) => key).sort()).toEqual([...WHOLE_HOUR, ...coils].map(({ key }) => key).sort());
  const path = `/v1/metrics/coils?window=hour&from=${minute(0)}&to=${minute(60)}`;
  const total = coils.reduce((sum, { amount }) => sum + amount, 96);
  const figure = async (): Promise<number> =>
    FiguresPage.parse(await (await fetch(url + path)).json()).figures[0]?.amounts[0]?.value ?? 0;
  await expect.poll(figure, { timeout: 30_000 }).toBeCloseTo(total, 9);
  expect(await agent.kill('SIGTERM')).toBe(0);
});
