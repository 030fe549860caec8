import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import type { Model } from '../../config/model.ts';
import { isMapping } from '../../config/modelMetric.ts';
import { serverFound } from './browse.ts';
import type { FoundTag } from './found.ts';
import { atTerminal } from './initAsked.ts';
import { type Beginning, beginningText, completed, type LineBeginning } from './initText.ts';
import { modelNamed } from './modelNamed.ts';
import type { OptionsOf } from './options.ts';
import { meterFound } from './probe.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

const SCHEMA = join(import.meta.dirname, '../../config/plant.schema.json');

/** `pertonne init`: writes a plant's file to begin with, from what its devices give. Only reads them. */
export async function init(asked: OptionsOf<'init'>): Promise<number> {
  const { out, force } = asked;
  if (!force && (await readFile(out).catch(() => null)) !== null)
    throw new Refused(`${out} is there already; --force replaces it`);
  const isBare = asked.modbus === undefined && asked.opcua === undefined;
  if (isBare && !process.stdin.isTTY)
    throw new UsageError(
      'say what to begin with: --modbus modbus://HOST:PORT/UNIT --profile NAME, or --opcua opc.tcp://HOST:PORT',
    );
  const beginning = isBare ? await atTerminal(asked) : await ofOptions(asked);
  await write(beginningText(beginning, out, SCHEMA), out, force);
  process.stdout.write(`${out} is written. Look through it; then: pertonne check ${out} --online\n`);
  return EXIT.done;
}

async function ofOptions(asked: OptionsOf<'init'>): Promise<Beginning> {
  const { modbus, profile, opcua, agent, path } = asked;
  const found = [
    ...(modbus === undefined ? [] : [await meterFound('meter', modbus, profile!)]),
    ...(opcua === undefined ? [] : [await serverFound('plc', opcua, asked)]),
  ];
  const tags = found.flatMap((one) => one.tags);
  return { agent, path, timeZone: asked['time-zone'], found, line: await lineOf(asked, tags) };
}

async function lineOf(
  { line, model: modelName, route, meter }: OptionsOf<'init'>,
  tags: readonly FoundTag[],
): Promise<LineBeginning | null> {
  if (line === undefined || modelName === undefined) return null;
  const model = await modelNamed(modelName);
  const given = meter.map((text) => givenMeter(text, model, tags));
  return { id: line, modelName, model, route, meters: new Map(given) };
}

/** `feeder=TAG`, or `feeder={ tag: TAG, maxRate: 40000 }` as the file has it. */
function givenMeter(
  text: string,
  model: Model,
  tags: readonly FoundTag[],
): [string, Readonly<Record<string, unknown>>] {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  const meter = Object.hasOwn(model.meters, name) ? model.meters[name] : undefined;
  if (!meter)
    throw new UsageError(`--meter ${text}: write NAME=TAG, with one of ${Object.keys(model.meters).join(', ')}`);
  const written: unknown = readFlow(value, text);
  const options = isMapping(written) ? written : { tag: value };
  return [name, completed(meter, options, tags)];
}

function readFlow(value: string, text: string): unknown {
  try {
    return parse(value, { maxAliasCount: 0 });
  } catch (cause) {
    throw new UsageError(`--meter ${text}: ${(cause as Error).message}`);
  }
}

/** Only a file that `check` finds no fault with is put in its place, and over another one only with `force`. */
async function write(text: string, out: string, force: boolean): Promise<void> {
  const draft = join(dirname(out), `.${process.pid}.init.yaml`);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    const loaded = await loadConfig(draft);
    if ('faults' in loaded) {
      const told = loaded.faults.map(({ path, message }) => `${path}: ${message}`);
      throw new UsageError(`${told.join('\n')}\n\nNothing was written.`);
    }
    await (force ? rename(draft, out) : link(draft, out));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new Refused(`${out} is there already; --force replaces it`, { cause });
    if (code) throw new Refused(`${out} cannot be written: ${(cause as Error).message}`, { cause });
    throw cause;
  } finally {
    await rm(draft, { force: true });
  }
}
