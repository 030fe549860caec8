import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../config/document.ts';
import { describeFaults } from '../../config/faults.ts';
import { faultsOf, PLANT, plantWith } from './plant.ts';

const faultsIn = (text: string): string => describeFaults(parseYaml(text, 'x.yaml').faults);

describe('hostile files', () => {
  test('an alias bomb is refused', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const entries = Array(9)
        .fill(level === 0 ? 'lol' : `*l${level - 1}`)
        .join(', ');
      return `l${level}: &l${level} [${entries}]`;
    });
    expect(faultsIn(levels.join('\n'))).toBe('x.yaml:1:1 Excessive alias count indicates a resource exhaustion attack');
  });

  test('__proto__ is refused where it stands, and pollutes nothing', async () => {
    const text = plantWith({
      'plant: { path: acme/baise }': 'plant: { path: acme/baise, __proto__: { polluted: 1 } }',
    });
    expect(await faultsOf(text)).toContain('plant.yaml:3:28 the key __proto__ is refused');
    expect(await faultsOf(`${PLANT}__proto__: { polluted: 1 }\n`)).toContain(
      'plant.yaml:22:1 the key __proto__ is refused',
    );
    expect({}).not.toHaveProperty('polluted');
  });

  test('a key given twice is a fault beside all others', async () => {
    expect(await faultsOf(plantWith({ 'agent: demo': 'agent: demo\nagent: other', 'op: "<="': 'op: "<"' }))).toEqual([
      'plant.yaml:3:1 Map keys must be unique',
      'plant.yaml:21:109 metrics[0].limit.op: "<" is none of <=, >=; did you mean "<="?',
    ]);
  });

  test.each(['!!binary aGk=', '!!js/function x', '!plant 7', '!!set { a }'])('the tag of %s is refused', (value) => {
    expect(faultsIn(`a: ${value}`)).toMatch(/^x.yaml:1:4 Unresolved tag/);
  });

  test('a name that stands for nothing is told where it is', () => {
    expect(faultsIn('a: &x 1\nb: [*x, *y]\nc: *.yaml\n').split('\n')).toEqual([
      'x.yaml:2:9 *y stands for nothing; text that begins with * stands in quotes',
      'x.yaml:3:4 *.yaml stands for nothing; text that begins with * stands in quotes',
    ]);
  });

  test('brackets without end are refused, not recursed into', () => {
    expect(faultsIn('['.repeat(100_000))).toMatch(/^x.yaml:1:/);
  });

  test('a second document is refused', () => {
    expect(faultsIn('a: 1\n---\nb: 2\n')).toMatch(/multiple documents/);
  });

  test('what cannot be parsed is told with its place, and nothing else is', async () => {
    expect(await faultsOf('plant: { path: x\nagent: y\n')).toEqual([expect.stringMatching(/^plant.yaml:2:\d+ /)]);
  });

  test("a long value does not flood the operator's screen, nor does a control character reach it", async () => {
    const [fault] = await faultsOf(plantWith({ 'version: 1': `version: "\\e[31m${'x'.repeat(10_000)}"` }));
    expect(fault).toMatch(/^plant.yaml:1:10 version: "\\u001b\[31mx+… is not 1$/);
    expect(fault!.length).toBeLessThan(120);
    const controlCode = String.fromCharCode(27);
    const name = `\\e[31m${'x'.repeat(900)}`;
    const told = await faultsOf(
      plantWith({ 'tag: mill.kwh': `tag: "${name}"`, 'agent: demo': `agent: demo\n"${name}": 1` }),
    );
    expect(told).toHaveLength(3);
    for (const line of told) {
      expect(line).not.toContain(controlCode);
      expect(line.length).toBeLessThan(1_000);
    }
  });
});

test('an alias is resolved, and a fault in it is told where it was written', async () => {
  const text = plantWith({
    'range: [0, 30000]': 'range: *heavy',
    'unit: coil': 'unit: coil, range: &heavy [30000, 0]',
  });
  expect(await faultsOf(text)).toEqual([
    'plant.yaml:13:67 tags[2].range: the first is not below the second',
    expect.stringMatching(/^plant.yaml:14:\d+ tags\[3\].range: the first is not below the second$/),
  ]);
});
