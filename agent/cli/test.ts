import { existsSync } from 'node:fs';
import { runScenario, scenariosIn } from '../offline/scenario.ts';
import type { OptionsOf } from './options.ts';
import { EXIT, UsageError } from './usage.ts';

/** `pertonne test`: runs the story of a folder, or of every folder below it, and tells what is not as expected. */
export async function test({ file: folder }: OptionsOf<'test'>): Promise<number> {
  const stories = existsSync(folder) ? await scenariosIn(folder) : [];
  if (stories.length === 0) throw new UsageError(`${folder}: no folder with an expected.yaml in it`);
  let [faulty, differing] = [0, 0];
  for (const story of stories) {
    const { faults, differences } = await runScenario(story);
    if (faults.length > 0) faulty++;
    else if (differences.length > 0) differing++;
    const verdict = faults.length > 0 ? 'faulty ' : differences.length > 0 ? 'differs' : 'ok     ';
    say(`${verdict} ${story}`);
    for (const line of [...faults, ...differences].flatMap((text) => text.split('\n'))) say(`        ${line}`);
  }
  say(
    `${stories.length} stories: ${stories.length - faulty - differing} as expected, ${differing} differ, ${faulty} faulty`,
  );
  if (faulty > 0) return EXIT.faulty;
  return differing > 0 ? EXIT.differs : EXIT.done;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
