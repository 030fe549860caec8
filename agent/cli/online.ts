import { join } from 'node:path';
import type { EndpointConfig, PlantConfig, TagConfig } from '../../config/plant.ts';
import type { Clock, Driver, Notice } from '../../drivers/driver.ts';
import { protocols } from '../../drivers/index.ts';
import { admit } from '../../rules/admission.ts';
import { feedsOf, NUMBERS_ONLY } from '../../rules/feeds.ts';
import type { Sample } from '../../rules/sample.ts';
import { clockOf } from './clockOf.ts';
import { type Row, readingTable, scaled } from './readings.ts';
import { readOnce } from './readOnce.ts';
import { onSignals } from './signals.ts';
import { EXIT } from './usage.ts';

/** `pertonne check --online`: every tag as its device gives it at this moment, judged as an agent would. Only reads. */
export async function online(config: PlantConfig, dataFolder: string): Promise<number> {
  const clock = clockOf(config);
  const place = { clock, pkiFolder: join(dataFolder, 'pki'), signal: onSignals() };
  const looks = await Promise.all(config.endpoints.map((endpoint) => look(endpoint, config, clock, place)));
  const rows = looks.flatMap((one) => one.rows);
  process.stdout.write(readingTable(['endpoint', 'tag'], rows));
  process.stderr.write(looks.flatMap((one) => one.notes).join(''));
  const bad = rows.filter(({ statusCode }) => statusCode === 'bad').length;
  process.stdout.write(`${rows.length} tags: ${rows.length - bad} have a value, ${bad} have none\n`);
  return bad > 0 ? EXIT.refused : EXIT.done;
}

type Place = Parameters<typeof readOnce>[2];

async function look(endpoint: EndpointConfig, { tags, meters, plant }: PlantConfig, clock: Clock, place: Place) {
  const { id, protocol, options, points } = endpoint;
  const open = protocols[protocol].open as (options: unknown, points: EndpointConfig['points']) => Driver;
  const own = new Map(tags.map((tag) => [tag.id, tag]));
  const names = points.map(({ tag }) => tag);
  const { traits } = feedsOf({ tags, meters });
  const numbers = new Set(tags.flatMap((tag, index) => (traits[index]! & NUMBERS_ONLY ? [tag.id] : [])));
  const { samples, failure, notices } = await readOnce(open(options, points), names, place);
  const rows = names.map((name) => {
    const raw = samples.get(name);
    const sample =
      raw &&
      admit(own.get(name)!.range, numbers.has(name), raw, {
        now: clock.now(),
        plan: { allowedSkew: plant.allowedSkewMs },
      });
    return rowOf(id, own.get(name)!, sample, failure);
  });
  return { rows, notes: notices.flatMap((notice) => noteOf(id, notice)) };
}

function rowOf(endpoint: string, tag: TagConfig, sample: Sample | undefined, failure: Error | null): Row {
  const { id, scale, unit } = tag;
  const names = [endpoint, id];
  if (!sample) return { names, value: null, unit, statusCode: 'bad', reason: failure?.message ?? 'no value' };
  const { value, statusCode, reason = null } = sample;
  return { names, value: scaled(value, scale), unit, statusCode, reason };
}

function noteOf(endpoint: string, notice: Notice): string[] {
  if (notice.event === 'insecure') return [`${endpoint}: ${notice.reason}\n`];
  if (notice.event === 'polled')
    return [`${endpoint}: ${notice.tags} tags are polled instead of subscribed to: ${notice.reason}\n`];
  return [];
}
