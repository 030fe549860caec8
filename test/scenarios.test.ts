import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runScenario, scenariosIn } from '../agent/offline/scenario.ts';

/** Every folder of test/scenarios is a test: see `pertonne test`. */

const FOLDER = `${import.meta.dirname}/scenarios`;
const stories = await scenariosIn(FOLDER);

describe('scenarios', () => {
  test('there are at least forty', () => {
    expect(stories.length).toBeGreaterThanOrEqual(40);
  });

  test.each(stories.map((folder) => [relative(FOLDER, folder), folder]))('%s', async (_, folder) => {
    expect(await runScenario(folder)).toEqual({ faults: [], differences: [] });
  });
});
