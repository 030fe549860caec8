import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Pertonne, temporaryFolder } from '../support/process.ts';

/** The plant file under agents in processes of their own, beside the simulated plant's OPC UA and Modbus servers. */

const folder = temporaryFolder();
const ends = new AsyncDisposableStack();
afterEach(async () => {
  await ends.disposeAsync();
  folder.remove();
});

function started(...args: string[]): Pertonne {
  const one = new Pertonne(...args);
  ends.defer(async () => void (await one.kill('SIGTERM')));
  return one;
}

const json = async (url: string): Promise<unknown> => (await fetch(url)).json();

test('SIGHUP has `run` and `demo` take up what their plant file has become; neither ends by it, and no device is left', async () => {
  const file = join(folder.path, 'plant.yaml');
  const plant = started('plant', '--config', file, '--data', join(folder.path, 'plant'));
  await plant.line({ config: file });
  const run = started('run', '-c', file, '--port', '0', '--data', join(folder.path, 'run'));
  const url = await run.url();
  const endpoints = ((await json(`${url}/v1/plant`)) as { endpoints: { id: string }[] }).endpoints.map(({ id }) => id);
  await Promise.all(endpoints.map((endpoint) => run.line({ event: 'endpoint-up', endpoint })));

  const text = readFileSync(file, 'utf8');
  const [tag] = ((await json(`${url}/v1/plant`)) as { tags: { id: string }[] }).tags;
  const before = (await json(`${url}/v1/system`)) as { configuration: string };
  const more = text.replace(
    /^tags:$/m,
    `derived:\n  - { id: doubled, unit: kWh, expression: "2 * x", inputs: { x: ${tag!.id} } }\ntags:\n  - { id: again, endpoint: plc, unit: kW, address: { node: "nsu=urn:pertonne:simulated-plant;s=Mill.DrivePower" } }`,
  );
  writeFileSync(file, more);
  run.signal('SIGHUP');
  const applied = await run.line({ event: 'config-applied' });
  expect(applied.configuration).not.toBe(before.configuration);
  expect(JSON.stringify(await json(`${url}/v1/plant`))).toContain('"doubled"');
  expect(await json(`${url}/readyz`)).toEqual({ ready: true, reasons: [] });
  // The OPC UA session goes on with one tag more, and all are good.
  const samples = async (status: string): Promise<number> =>
    Number((await (await fetch(`${url}/metrics`)).text()).match(`endpoint="plc",status="${status}"} (\\d+)`)?.[1] ?? 0);
  const good = await samples('good');
  await expect.poll(() => samples('good'), { timeout: 30_000 }).toBeGreaterThan(good + 100);
  expect(await samples('bad')).toBe(0);
  expect(run.lines.filter((line) => line.includes('endpoint-down'))).toEqual([]);

  writeFileSync(file, `${more}\nnonsense: true\n`);
  run.signal('SIGHUP');
  expect(await run.line({ event: 'config-refused' })).toMatchObject({ faults: [expect.stringContaining('nonsense')] });
  expect(await json(`${url}/v1/system`)).toMatchObject({
    configuration: applied.configuration,
    reload: { result: 'refused' },
  });

  const demo = started('demo', '--port', '0', '--data', join(folder.path, 'demo'));
  await demo.url();
  demo.signal('SIGHUP');
  expect(await demo.line({ event: 'config-unchanged' })).toMatchObject({ cause: 'signal' });
});
