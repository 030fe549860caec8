import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { realClock } from '../../agent/clock.ts';
import type { EvaluationBody } from '../../agent/stream/protocol.ts';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

/** A running agent says how its figures come about, to people and to programs. */

const clock = realClock();
let demo: Pertonne;
let url: string;
beforeAll(async () => {
  demo = new Pertonne('demo', '--port', '0', '--speed', '240');
  url = await demo.url();
});
afterAll(() => demo.kill('SIGTERM'));

const explain = (...args: string[]) => ended('explain', ...args);
const ask = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/metrics/mill-1.electricity/explain?${query}`, { headers });

/** Asks until there is a figure. */
async function answered(asking: () => Promise<Response>): Promise<Response> {
  let answer = await asking();
  while (answer.status === 404) {
    await clock.delay(100);
    answer = await asking();
  }
  return answer;
}

test('the running shift, in the language and the form that is asked for', async () => {
  const text = await answered(() => ask('window=shift'));
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await text.text()).toMatch(
    /^Electricity per tonne \(mill-1\.electricity\)[\s\S]*still running[\s\S]*Numerator\n {2}mill-1/,
  );
  expect(await (await ask('window=shift&lang=zh')).text()).toMatch(/尚在进行[\s\S]*分子/);
  expect(await (await ask('window=shift', { 'accept-language': 'zh-CN' })).text()).toMatch(/尚在进行/);
  const json = await (await ask('window=shift', { accept: 'application/json' })).json();
  expect(json).toMatchObject({
    name: { en: 'Electricity per tonne' },
    figure: { metric: 'mill-1.electricity', window: { kind: 'shift' } },
    revisions: [],
  });
});

test('a closed hour, from the log', async () => {
  const last = async () =>
    (await answered(() => ask('window=hour&at=last', { accept: 'application/json' }))).json() as Promise<{
      figure: EvaluationBody;
    }>;
  let json = await last();
  // An hour is some seconds here: where the machine was busy in it, too little of it is known for a figure.
  for (; json.figure.value === null; json = await last()) await clock.delay(100);
  expect(json).toMatchObject({ upTo: null, figure: { window: { kind: 'hour' } } });
  const { code, out } = await explain('mill-1.electricity', `hour@${json.figure.window.start}`, '--url', url);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Electricity per tonne[\s\S]*revision \d+[\s\S]*Result[\s\S]*kWh \/ [\s\S]*Made with the configuration sha256:/,
  );
});

test('what is misspelt is said, and what was probably meant', async () => {
  const wrong = await explain('mill-1.electricty', 'hour@last', '--url', url);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "mill-1.electricity"?') });
  expect((await ask('window=our')).status).toBe(400);
  expect((await ask('windows=hour')).status).toBe(400);
  const nobody = await explain('mill-1.electricity', 'hour@last', '--url', 'http://127.0.0.1:1');
  expect(nobody).toMatchObject({ code: 3, err: expect.stringContaining('no agent answers') });
  expect(await explain('mill-1.electricity')).toMatchObject({
    code: 2,
    err: expect.stringContaining('explain takes one METRIC and one KIND@TIME'),
  });
});

describe('of pieces', () => {
  const folder = temporaryFolder();
  const processes: Pertonne[] = [];
  let mill: string;
  beforeAll(async () => {
    const config = join(folder.path, 'plant.yaml');
    const plant = new Pertonne('plant', '--speed', '240', '--config', config, '--data', join(folder.path, 'plant'));
    processes.push(plant);
    await plant.line({ config });
    writeFileSync(config, withItsOwnCounts(readFileSync(config, 'utf8')));
    const agent = new Pertonne('run', '-c', config, '--port', '0', '--data', join(folder.path, 'agent'));
    processes.push(agent);
    mill = await agent.url();
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.kill('SIGTERM')));
    folder.remove();
  });

  /** The window of the last coil that has one for itself: an agent that is slow finds two in one now and then. */
  async function lastCoil(): Promise<EvaluationBody['window']> {
    const url = `${mill}/v1/metrics/mill-1.coil_energy/explain?window=coil&at=last`;
    for (; ; await clock.delay(100)) {
      const answer = await answered(() => fetch(url, { headers: { accept: 'application/json' } }));
      const { window } = ((await answer.json()) as { figure: EvaluationBody }).figure;
      if (/^\d+$/.test(window.product ?? '')) return window;
    }
  }

  test('a coil by its identity, and at a time in it', async () => {
    const { product, start } = await lastCoil();
    const itself = new RegExp(
      `^Electricity of each coil \\(mill-1\\.coil_energy\\), .*\ncoil ${product} from [\\s\\S]*one piece`,
    );
    for (const window of [`coil#${product}`, `coil@${start}`]) {
      const { code, out } = await explain('mill-1.coil_energy', window, '--url', mill);
      expect([code, out]).toEqual([0, expect.stringMatching(itself)]);
    }
    expect(await explain('mill-1.coil_energy', 'coil#nothing', '--url', mill)).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no figure of coil nothing in the log'),
    });
  });

  test('a coil that was weighed again, by whom, and what that changed', async () => {
    const { product } = await lastCoil();
    const entry = {
      type: 'correction',
      key: 'c-1',
      meter: 'mill-1.coils',
      piece: Number(product),
      amount: 12.5,
      by: 'Li',
    };
    const answer = await fetch(`${mill}/v1/entries`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(entry),
    });
    expect(answer.status).toBe(200);
    const { out } = await explain('mill-1.coil_energy', `coil#${product}`, '--url', mill);
    expect(out).toMatch(
      new RegExp(
        `Entered by hand\n.*Li, mill-1\\.coils: piece ${product} corrected to 12\\.5 t\n` +
          ' +by revision \\d+: mill-1\\.coils [\\d.]+ → 12\\.5 t',
      ),
    );
  });

  test('the share of values that were acquired in time, from the counts of the agent itself', async () => {
    const answer = await answered(() =>
      fetch(`${mill}/v1/metrics/site.acquired/explain?window=quarterHour&at=last`, {
        headers: { accept: 'application/json' },
      }),
    );
    const { figure } = (await answer.json()) as { figure: EvaluationBody };
    const [inTime, due] = figure.amounts;
    expect(inTime!.value).toBeGreaterThan(0);
    expect(due!.value).toBeGreaterThan(inTime!.value);
  });
});

/** The demo's plant with the values due and in time as meters. */
function withItsOwnCounts(yaml: string): string {
  const document = parseDocument(yaml);
  for (const count of ['due', 'inTime']) {
    document.addIn(['tags'], { id: `site.${count}`, acquired: { count } });
    document.addIn(['meters'], {
      ...{ id: `values.${count}`, kind: 'counter', quantity: 'values', unit: 'sample' },
      ...{ tag: `site.${count}`, maxRate: 1e9 },
    });
  }
  document.addIn(['metrics'], {
    ...{ id: 'site.acquired', unit: '%', denominator: ['values.due'] },
    numerator: [{ meter: 'values.inTime', coefficient: 100, unit: '%' }],
  });
  return document.toString();
}
