import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { SystemBody } from '../../agent/http/system.ts';
import { type AgentKit, agentKit, BY_HAND } from './agentKit.ts';

/** The time of day of the machine is set while the agent runs. */

const real = realClock();
let aheadMs = 0;
let kit: AgentKit;
beforeAll(async () => {
  kit = await agentKit(BY_HAND, { ...real, wall: () => real.wall() + aheadMs });
});
afterAll(() => kit.close());

const told = async () => SystemBody.parse(await kit.json('/v1/system'));
const counted = async (): Promise<string | undefined> =>
  /^pertonne_clock_steps_total (\S+)$/m.exec(await (await kit.get('/metrics')).text())?.[1];

test('a clock that runs is nothing to be told of', async () => {
  expect((await told()).clock).toEqual({ steps: 0, last: null });
  expect(await counted()).toBe('0');
});

test.each([
  ['back', -3_600_000],
  ['forward', 90_000],
])('set %s: counted, and told with what to do', async (way, ms) => {
  const before = (await told()).clock.steps;
  aheadMs += ms;
  await expect.poll(async () => (await told()).clock.steps).toBe(before + 1);
  const { clock, reasons } = await told();
  // What passes between two looks is not of the step.
  expect(Math.abs(clock.last!.ms - ms)).toBeLessThan(400);
  expect(Math.abs(Date.parse(clock.last!.at) - (real.wall() + aheadMs))).toBeLessThan(60_000);
  expect(reasons).toContainEqual(
    expect.stringMatching(`^the machine's clock was set ${way} by .* s: look at its time service`),
  );
  expect(await counted()).toBe(String(before + 1));
});

test('tells of the machine and of the versions at /metrics', async () => {
  const text = await (await kit.get('/metrics')).text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(figure('pertonne_disk_free_bytes')).toBeGreaterThan(0);
  expect(figure('pertonne_disk_total_bytes')).toBeGreaterThan(figure('pertonne_disk_free_bytes'));
  expect(figure('pertonne_log_file_bytes')).toBeGreaterThan(0);
  const { version, node, sqlite } = await told();
  expect(text).toContain(`pertonne_build_info{version="${version}",node="${node}",sqlite="${sqlite}"} 1`);
});

test('each step stands in the audit trail', async () => {
  let steps: unknown[] = [];
  await kit.restart(async (store) => {
    const events = (await store.auditTrail(0, 100)).map(
      ({ text }) => JSON.parse(text) as { action: string; detail: { ms: number } },
    );
    steps = events.filter(({ action }) => action === 'clock-step').map(({ detail }) => Math.sign(detail.ms));
  });
  expect(steps).toEqual([-1, 1]);
});
