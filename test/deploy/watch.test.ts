import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Pertonne } from '../support/process.ts';

/** What Prometheus and Grafana are told to look at is what an agent shows. */

const deploy = join(import.meta.dirname, '../../deploy');
const read = (file: string): string => readFileSync(join(deploy, file), 'utf8');

/** Names of metrics in expressions: all that is ours, and what the library tells of the process. */
const namesIn = (text: string): string[] => [...new Set(text.match(/\b(pertonne|process|nodejs)_[a-z0-9_]+/g))];

describe('every metric that is looked at', () => {
  let demo: Pertonne;
  let shown: ReadonlySet<string>;
  beforeAll(async () => {
    demo = new Pertonne('demo', '--port', '0');
    const url = await demo.url();
    const text = await (await fetch(`${url}/metrics`)).text();
    const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name!, kind!]));
    shown = new Set([...kinds].flatMap(([name, kind]) => (kind === 'histogram' ? [name, `${name}_bucket`] : [name])));
  });
  afterAll(() => demo.kill('SIGTERM'));

  test.each(['prometheus/alerts.yaml', 'prometheus/alerts.test.yaml', 'grafana/pertonne.json'])(
    'by %s is shown by an agent',
    (file) => {
      const names = namesIn(read(file).replaceAll(/"uid": "pertonne"/g, ''));
      expect(names.length).toBeGreaterThan(10);
      expect(names.filter((name) => !shown.has(name))).toEqual([]);
    },
  );
});

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly todo: string };
}
const rules = (parse(read('prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

test('each alert says how grave it is, what happened and what to do, and is tested', () => {
  for (const { alert, labels, annotations } of rules) {
    expect(['info', 'warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).toContain('{{ $labels.instance }}');
    expect(annotations.todo).toMatch(/\.$/);
    expect(read('prometheus/alerts.test.yaml')).toContain(`{alertname="${alert}"}`);
  }
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test.skipIf(!hasPromtool)(
  'promtool finds the rules sound, and they ring when they must (skipped without prometheus)',
  () => {
    for (const args of [
      ['check', 'rules', 'alerts.yaml'],
      ['test', 'rules', 'alerts.test.yaml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, {
        cwd: join(deploy, 'prometheus'),
        encoding: 'utf8',
      });
      expect({ status, said: stdout + stderr }).toMatchObject({ status: 0, said: expect.stringContaining('SUCCESS') });
    }
  },
);

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string }[];
}

test('the dashboard has panels that lie beside each other, each of the agents chosen', () => {
  const { panels } = JSON.parse(read('grafana/pertonne.json')) as { panels: Panel[] };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { title, targets } of panels)
    for (const { expr } of targets) expect(`${title}: ${expr}`).toContain('instance=~"$instance"');
});
