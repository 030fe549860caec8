import { createInterface } from 'node:readline/promises';
import { readShelf } from '../../config/library.ts';
import type { Model, ModelMeter } from '../../config/model.ts';
import { isGiven } from '../../config/modelLine.ts';
import { serverFound } from './browse.ts';
import type { Found, FoundTag } from './found.ts';
import { type Beginning, candidates, completed, type LineBeginning } from './initText.ts';
import { modelNamed } from './modelNamed.ts';
import type { OptionsOf } from './options.ts';
import { meterFound } from './probe.ts';
import { Refused, UsageError } from './usage.ts';

/** Asks for a line of text; an empty one is the fallback. */
type Ask = (question: string, fallback?: string) => Promise<string>;

/** What `pertonne init` is to begin with, asked at the terminal. Ending the input ends it, and nothing is written. */
export async function atTerminal(asked: OptionsOf<'init'>): Promise<Beginning> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<never>((_, reject) => {
    terminal.once('close', () => reject(new Refused('Nothing was written.')));
  });
  ended.catch(() => {});
  const ask: Ask = async (question, fallback = '') => {
    const shown = `${question}${fallback && ` [${fallback}]`}: `;
    return (await Promise.race([terminal.question(shown), ended])).trim() || fallback;
  };
  try {
    return await beginningAsked(ask, asked);
  } finally {
    terminal.close();
  }
}

async function beginningAsked(ask: Ask, asked: OptionsOf<'init'>): Promise<Beginning> {
  const agent = await ask('Name of this agent', asked.agent);
  const path = await ask('Enterprise and site, with a slash between', asked.path);
  const timeZone = await ask('Time zone', asked['time-zone']);
  const found = [
    ...(await device(ask, 'Modbus meter, as modbus://HOST:PORT/UNIT', meterBy(ask))),
    ...(await device(ask, 'OPC UA server, as opc.tcp://HOST:PORT', (url) => serverFound('plc', url, asked))),
  ];
  if (found.length === 0) throw new Refused('Without a device there is nothing to begin with: nothing was written.');
  return {
    agent,
    path,
    timeZone,
    found,
    line: await lineAsked(
      ask,
      found.flatMap(({ tags }) => tags),
    ),
  };
}

/** Asks until the device could be read, or none is named. */
async function device(ask: Ask, question: string, read: (url: string) => Promise<Found>): Promise<Found[]> {
  for (let before = ''; ; ) {
    const url = await ask(`${question} (- for none)`, before || '-');
    if (url === '-') return [];
    before = url;
    const found = await said(read(url));
    if (!found) continue;
    process.stdout.write(`  ${found.tags.length} tags\n`);
    return [found];
  }
}

/** The profile named last is the one that is meant again. */
function meterBy(ask: Ask): (url: string) => Promise<Found> {
  let before = '';
  return async (url) => {
    const { names } = await readShelf('profiles', [], 'plant.yaml');
    before = await ask(`Its profile, of ${names.toSorted().join(', ')}`, before);
    return meterFound('meter', url, before);
  };
}

/** What a person can mend is told, and asked again. */
async function said<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((cause: unknown) => {
    if (!(cause instanceof Refused) && !(cause instanceof UsageError)) throw cause;
    process.stdout.write(`  ${cause.message}\n`);
    return null;
  });
}

async function lineAsked(ask: Ask, tags: readonly FoundTag[]): Promise<LineBeginning | null> {
  const id = await ask('Name of the line that they measure, such as mill-1 (- for none)', '-');
  if (id === '-') return null;
  const { names } = await readShelf('models', [], 'plant.yaml');
  for (;;) {
    const modelName = await ask(`Its model, of ${names.toSorted().join(', ')}`);
    const model = await said(modelNamed(modelName));
    if (!model) continue;
    const routes = Object.keys(model.routes ?? {});
    const route = routes.length > 0 ? await ask(`Its route, of ${routes.join(', ')}`, routes[0]) : undefined;
    return { id, modelName, model, route, meters: await metersAsked(ask, model, tags) };
  }
}

async function metersAsked(ask: Ask, model: Model, tags: readonly FoundTag[]): Promise<LineBeginning['meters']> {
  const meters = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [name, meter] of Object.entries(model.meters).filter(([, one]) => isGiven(one))) {
    const fitting = candidates(meter, tags);
    if (fitting.length === 0) continue;
    process.stdout.write(`${name}: ${meter.about} (${meter.unit})\n`);
    const tag = await tagAsked(ask, meter.kind === 'event' ? '  Tag of its weight' : '  Tag', fitting);
    if (tag) meters.set(name, completed(meter, await optionsAsked(ask, meter, tag, tags), tags));
  }
  return meters;
}

async function tagAsked(ask: Ask, question: string, fitting: readonly FoundTag[]): Promise<string | null> {
  fitting.slice(0, MOST_SHOWN).forEach(({ entry, seen }, index) => {
    process.stdout.write(`    ${index + 1}  ${entry.id}  ${seen}\n`);
  });
  for (;;) {
    const answer = await ask(`${question}, its number or name (- for none)`, '-');
    if (answer === '-') return null;
    const tag = fitting[Number(answer) - 1] ?? fitting.find(({ entry }) => entry.id === answer);
    if (tag) return tag.entry.id;
    process.stdout.write(`  none of them is ${answer}\n`);
  }
}

/** Tags shown to choose from; others can be named. */
const MOST_SHOWN = 20;

async function optionsAsked(
  ask: Ask,
  meter: ModelMeter,
  tag: string,
  tags: readonly FoundTag[],
): Promise<Readonly<Record<string, unknown>>> {
  if (meter.kind === 'event') {
    const identity = await tagAsked(ask, '  Tag whose change is a new piece', tags);
    return identity ? { tag: identity, amountTag: tag } : {};
  }
  const isRate = completed(meter, { tag }, tags).kind === 'gauge';
  if (meter.kind !== 'counter' || isRate) return { tag };
  for (;;) {
    const maxRate = Number(await ask(`  Most that it can count in an hour, in ${meter.unit}`));
    if (maxRate > 0) return { tag, maxRate };
  }
}
