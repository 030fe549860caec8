import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import type { EvaluationBody } from '../../agent/stream/protocol.ts';
import { fromWire } from '../../agent/wire.ts';
import { freePort } from '../support/freePort.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { finals, type Line, readUntil } from '../support/reading.ts';
import { receivedIn } from '../support/received.ts';
import { dailyHundredths, madeUpRecord } from '../support/steel.ts';

/** The plant runs in a process of its own, 3600 times as fast; the agent beside it is killed again and again. */

const folder = temporaryFolder();
afterAll(() => folder.remove());
/** `npm run crash -- N` asks for more. */
const KILLS = Number(process.env.CRASHES ?? 10);
const SPEED = 3600;
/** A kill and the start after it take some four seconds, in which four hours pass; the record is of one month at most. */
const DAYS = Math.min(30, Math.max(2, Math.ceil(KILLS / 6)));
/** Seconds for the agent to start in, tried one after the other: a busy machine needs more. */
const HEAD_STARTS = [20, 40, 80, 160];
const METERS = ['modbus.energy', 'opcua.energy'];

describe('an agent killed at any instant', () => {
  test('counts every kilowatt-hour once, loses no record and says where it was away', {
    timeout: 300_000 + KILLS * 30_000,
    // What was lost once is lost.
    retry: 0,
  }, async () => {
    const csv = madeUpRecord(DAYS);
    const far = { file: join(folder.path, 'far.db'), port: String(await freePort()) };
    const { plant, start, clock, data } = await begun(csv, far.port);
    const receiver = new Pertonne('receive', '--out', far.file, '--port', far.port);
    const plantTime = (at = Date.now()): number => fromWire(clock.from) + (at - Date.parse(clock.at)) * SPEED;
    const to = fromWire(clock.from) + DAYS * 86_400_000;

    let agent = start();
    // What was counted in an absence is spread over all of it, also beyond the end of the record.
    let settled = Infinity;
    const enough = (lines: readonly Line[]): boolean =>
      lines.length % 50 === 0 &&
      METERS.every((meter) => isWhole([...finals(lines, meter, 'hour').values()], Math.max(settled, to)));
    const reading = readUntil(await agent.url(), {}, enough);
    await realClock().delay(Math.max(0, Date.parse(clock.at) - Date.now()));
    const away: [number, number][] = [];
    const backups: Promise<number | null>[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      await realClock().delay(300 + Math.random() * 2_000);
      if (kill % 5 === 0) backups.push(new Pertonne('backup', join(folder.path, `${kill}.db`), '--data', data).exited);
      const died = plantTime();
      await agent.kill('SIGKILL');
      agent = start();
      // As the agent says: read here it may be later, when a quarter-hour has been measured.
      const { time } = await agent.line({ event: 'endpoint-up', endpoint: 'steel-meter' });
      away.push([died, plantTime(Date.parse(String(time)))]);
      await agent.line({ event: 'endpoint-up', endpoint: 'steel-plc' });
    }
    settled = plantTime();
    const lines = await reading;
    await farHas(far.file, lines.at(-1)!.seq);
    expect(await agent.kill('SIGTERM')).toBe(0);
    for (const process of [plant, receiver]) expect(await process.kill('SIGTERM')).toBe(0);

    expect(new Set(await Promise.all(backups))).toEqual(new Set([0]));
    expectWholeLog(lines);
    await expectSame(far.file, lines);
    expectTotals(lines, csv);
    expectEstimated(
      lines,
      away.filter(([, back]) => back < to),
    );
  });
});

/**
 * A plant, and an agent that has the first readings in its log before the record begins (what a register counted before
 * them is nobody's figure), and has ended again.
 */
async function begun(csv: string, farPort: string) {
  const [file, config, port] = [
    join(folder.path, 'record.csv'),
    join(folder.path, 'plant.yaml'),
    String(await freePort()),
  ];
  writeFileSync(file, csv);
  for (const delay of HEAD_STARTS) {
    const pace = ['--speed', String(SPEED), '--delay', String(delay)];
    const plant = new Pertonne('plant', '--replay', file, ...pace, '--config', config);
    const { clock } = (await plant.line({ config })) as { clock: { from: string; at: string } };
    const more = `platforms:\n  - { id: far, url: "ws://127.0.0.1:${farPort}" }\nstore: { history: 3h }\n`;
    appendFileSync(config, more);
    const data = join(folder.path, `data-${delay}`);
    const start = (): Pertonne => new Pertonne('run', '-c', config, '--port', port, '--data', data);
    const agent = start();
    const url = await agent.url();
    await expect.poll(() => hasRead(url), { timeout: 60_000, interval: 200 }).toBe(true);
    expect(await agent.kill('SIGTERM')).toBe(0);
    if (Date.now() < Date.parse(clock.at)) return { plant, start, clock, data };
    expect(await plant.kill('SIGTERM')).toBe(0);
  }
  throw new Error(`no agent could start within ${HEAD_STARTS.at(-1)} s`);
}

/** Whether a good value has come from each endpoint. */
async function hasRead(url: string): Promise<boolean> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return ['steel-meter', 'steel-plc'].every((endpoint) =>
    new RegExp(`^pertonne_samples_total\\{endpoint="${endpoint}",status="good"\\} [1-9]`, 'm').test(text),
  );
}

/** An hour that began at `settled` or later is closed, and with it all that came before; the revisions of what was missed are in. */
const isWhole = (hours: readonly EvaluationBody[], settled: number): boolean =>
  hours.some(({ window }) => fromWire(window.start) >= settled) &&
  hours.every(({ coverage }) => coverage.known > 0.999);

function expectWholeLog(lines: readonly Line[]): void {
  const seqs = lines.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
}

/** Resolves when the platform that was dialled has a record; the agent dials again after a pause. */
const farHas = (far: string, seq: number): Promise<void> =>
  expect
    .poll(async () => (await epochsOf(far)).flatMap(({ last }) => last), { timeout: 120_000, interval: 500 })
    .toEqual([expect.toSatisfy((last: number) => last >= seq)]);

async function epochsOf(far: string): Promise<{ epoch: string; last: number }[]> {
  const database = await openSqlite(far, { readOnly: true });
  return database
    .all<{ epoch: string; last: number }>('SELECT epoch, max(seq) AS last FROM record GROUP BY epoch')
    .finally(() => database.close());
}

/** The platform has what the reader has, each record once, and was told of no gap. */
async function expectSame(far: string, lines: readonly Line[]): Promise<void> {
  const [{ epoch } = { epoch: '' }] = await epochsOf(far);
  const received = await receivedIn(far);
  expect(received.gaps).toEqual([]);
  const seqs = received.seqs('replay', epoch);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  for (const { seq, body } of lines.filter((_, index) => index % 97 === 0))
    expect(received.body('replay', epoch, seq)).toEqual(body);
}

function expectTotals(lines: readonly Line[], csv: string): void {
  const total = [...dailyHundredths(csv).values()].reduce((all, day) => all + day, 0) / 100;
  for (const meter of METERS) {
    const figures = [...finals(lines, meter, 'hour').values()];
    const sum = figures.reduce((all, { amounts }) => all + amounts[0]!.value, 0);
    const partly = figures.filter(({ coverage }) => coverage.known < 1);
    const told = partly.map(({ window, coverage, revision }) => `${window.start} ${coverage.known} r${revision}`);
    expect(Math.abs(sum - total), `${meter}: ${sum} of ${total}; ${told}`).toBeLessThanOrEqual(1e-9 * total);
  }
}

/** A quarter-hour that lies wholly within an absence has been estimated, never measured. */
function expectEstimated(lines: readonly Line[], away: readonly (readonly [number, number])[]): void {
  const quarters = [...finals(lines, 'modbus.energy', 'quarterHour').values()];
  for (const [died, back] of away) {
    const inside = quarters.filter(({ window }) => fromWire(window.start) > died && fromWire(window.end) < back);
    expect(inside.length).toBeGreaterThan(0);
    for (const { amounts, statusCode, coverage } of inside) {
      expect(amounts[0]!.flags).toContain('estimated');
      expect(statusCode).toBe('uncertain');
      expect(coverage.known).toBeCloseTo(1, 9);
    }
  }
}
