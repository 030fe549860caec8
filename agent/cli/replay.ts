import { once } from 'node:events';
import { existsSync } from 'node:fs';
import picomatch from 'picomatch';
import { differencesBetween, earlierFinals, type Finals, keyOf } from '../offline/earlier.ts';
import type { Made } from '../offline/engine.ts';
import { recompute } from '../offline/recompute.ts';
import { tableLine } from '../offline/table.ts';
import type { EvaluationBody } from '../stream/protocol.ts';
import { alarmBody, entryBody, evaluationBody, type WireTime, wireTimeOf } from '../wire.ts';
import { configOf } from './check.ts';
import type { OptionsOf } from './options.ts';
import { EXIT, UsageError } from './usage.ts';

type Options = OptionsOf<'replay'>;

/** `pertonne replay`: samples once more through the rules; what comes of them, or where it differs from earlier. */
export async function replay(options: Options): Promise<number> {
  for (const file of [options.file, options.diff])
    if (file !== undefined && !existsSync(file)) throw new UsageError(`there is no file ${file}`);
  // Whoever read our output has gone: so do we.
  process.stdout.once('error', () => process.exit(EXIT.done));
  const config = await configOf(options.config, { devices: false });
  const earlier = options.diff === undefined ? null : await readEarlier(options.diff, figureFilterOf(options));
  const time = wireTimeOf(config.plant.calendar);
  const isWanted = filterOf(options);
  const finals: Finals = new Map();
  const { faulty, lost, span } = await recompute(
    config,
    options.file,
    (made) => {
      const record = recordOf(made, time, config.fingerprint);
      if (!record || !isWanted(record)) return;
      if (!earlier) print(record, options.table);
      else if (record.kind === 'evaluation') finals.set(keyOf(record.body), record.body);
    },
    { room: () => (process.stdout.writableNeedDrain ? once(process.stdout, 'drain') : Promise.resolve()) },
  );
  for (const { line, fault } of faulty) process.stderr.write(`${options.file}:${line} ${fault}\n`);
  if (lost > 0)
    process.stderr.write(`${options.file}: ${lost} lines are in no figure: the agent was killed before it kept them\n`);
  const differing = earlier && span ? differencesBetween(earlier, finals, span) : [];
  for (const line of differing) process.stdout.write(`${line}\n`);
  if (faulty.length > 0) return EXIT.faulty;
  return differing.length > 0 ? EXIT.differs : EXIT.done;
}

/** Only the figures that are asked for: the others are not made to be compared. */
async function readEarlier(file: string, isWanted: FigureFilter): Promise<Finals> {
  const finals = await earlierFinals(file).catch((cause: unknown) => {
    throw new UsageError(`${file}: ${(cause as Error).message}`);
  });
  return new Map([...finals].filter(([, body]) => isWanted(body)));
}

type Record =
  | { readonly kind: 'evaluation'; readonly at: string; readonly body: EvaluationBody }
  | { readonly kind: 'alarm'; readonly at: string; readonly body: ReturnType<typeof alarmBody> }
  | { readonly kind: 'meter'; readonly at: string; readonly body: { meter: string; event: string; detail: string } }
  | { readonly kind: 'entry'; readonly at: string; readonly body: ReturnType<typeof entryBody> };

/** As `pertonne tail` prints it, but for the number that only a log gives. */
function recordOf(made: Made, time: WireTime, fingerprint: string): Record | null {
  const at = time(made.at);
  switch (made.type) {
    case 'evaluation':
      return { kind: 'evaluation', at, body: evaluationBody(made.evaluation, time, fingerprint) };
    case 'alarm':
      return { kind: 'alarm', at, body: alarmBody(made.alarm, time) };
    case 'note': {
      const { meter, event, detail } = made;
      return { kind: 'meter', at, body: { meter, event, detail } };
    }
    case 'entry':
      return { kind: 'entry', at, body: entryBody(made, time) };
    case 'minute':
      return null;
  }
}

type FigureFilter = (figure: Pick<EvaluationBody, 'metric' | 'window'>) => boolean;

const nameFilterOf = ({ metric }: Options): ((name: string) => boolean) =>
  metric === undefined ? () => true : picomatch(metric, { dot: true, noextglob: true, nonegate: true });

function figureFilterOf(options: Options): FigureFilter {
  const isNamed = nameFilterOf(options);
  return ({ metric, window }) => isNamed(metric) && (options.window === undefined || window.kind === options.window);
}

function filterOf(options: Options): (record: Record) => boolean {
  const [isNamed, isWanted] = [nameFilterOf(options), figureFilterOf(options)];
  return ({ kind, body }) => {
    if (kind === 'meter' || kind === 'entry') return isNamed(body.meter) && options.window === undefined;
    return isWanted(body);
  };
}

function print(record: Record, asTable: boolean): void {
  if (!asTable) process.stdout.write(`${JSON.stringify(record)}\n`);
  else if (record.kind === 'evaluation') process.stdout.write(`${tableLine(record.body)}\n`);
}
