import { join } from 'node:path';
import { describeFaults } from '../../config/faults.ts';
import { type Profile, pointAddress, readShelf } from '../../config/library.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { Point } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import type { Sample } from '../../rules/sample.ts';
import { realClock } from '../clock.ts';
import { type Found, foundText } from './found.ts';
import type { OptionsOf } from './options.ts';
import { type Probed, readProbeUrl } from './probeUrl.ts';
import { type Row, readingTable, scaled } from './readings.ts';
import { readOnce } from './readOnce.ts';
import { onSignals } from './signals.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

/** One poll is all that is wanted. */
const PERIOD = 3_600_000;

/** `pertonne probe`: reads everything of a profile once, and says what came of it. */
export async function probe({ file: url, profile: name, json, yaml }: OptionsOf<'probe'>): Promise<number> {
  const { probed, profile, rows } = await look(url, name);
  const found = (): string => foundText(foundOf('meter', name, profile, probed, rows));
  process.stdout.write(json ? jsonText(rows) : yaml ? found() : readingTable(['point'], rows));
  if (rows.every(({ value }) => value === null)) throw new Refused(`${url} gave no value at all`);
  return EXIT.done;
}

async function look(url: string, name: string) {
  const probed = readProbeUrl(url);
  const profile = await profileOf(name);
  const samples = await samplesOf(url, probed, profile);
  const rows = Object.entries(profile.points).map(([point, { unit, scale }]): Row => {
    const { value, statusCode, reason = null } = samples.get(point)!;
    return { names: [point], value: scaled(value, scale), unit, statusCode, reason };
  });
  return { probed, profile, rows };
}

const jsonText = (rows: readonly Row[]): string =>
  `${JSON.stringify(
    rows.map(({ names: [point], ...rest }) => ({ point, ...rest })),
    null,
    2,
  )}\n`;

/** Profiles beside the working folder's plant file count too. */
async function profileOf(name: string): Promise<Profile> {
  const { names, volumes, faults } = await readShelf('profiles', [name], join(process.cwd(), 'plant.yaml'));
  if (faults.length > 0) throw new UsageError(describeFaults(faults));
  const profile = volumes.get(name);
  if (!profile)
    throw new UsageError(
      `no profile named "${name}"${didYouMean(name, names)}; there are ${names.toSorted().join(', ')}`,
    );
  if (profile.protocol !== 'modbus') throw new UsageError(`the profile ${name} is for ${profile.protocol}`);
  return profile;
}

async function samplesOf(
  url: string,
  { options, unitId }: Probed,
  profile: Profile,
): Promise<ReadonlyMap<string, Sample>> {
  const points = Object.keys(profile.points).map((tag): Point<ReturnType<typeof modbus.address.parse>> => {
    return { tag, period: PERIOD, address: modbus.address.parse({ unitId, ...pointAddress(profile, tag) }) };
  });
  const place = { clock: realClock(), pkiFolder: '', signal: onSignals() };
  const { samples, failure } = await readOnce(modbus.open(options, points), Object.keys(profile.points), place);
  if (failure) throw new Refused(`${url} cannot be read: ${failure.message}`, { cause: failure });
  return samples;
}

/** Endpoint and tags for the plant's file, under the endpoint's name. */
export async function meterFound(id: string, url: string, name: string): Promise<Found> {
  const { probed, profile, rows } = await look(url, name);
  return foundOf(id, name, profile, probed, rows);
}

function foundOf(id: string, name: string, profile: Profile, { written, unitId }: Probed, rows: readonly Row[]): Found {
  const good = rows.filter(({ value }) => value !== null);
  const bad = rows.filter(({ value }) => value === null);
  return {
    endpoint: { id, protocol: 'modbus', ...written },
    tags: good.map(({ names: [point], value, unit }) => ({
      entry: { id: `${id}.${point}`, endpoint: id, address: { unitId, profile: name, point } },
      seen: `${value} ${unit}`,
      unit,
      perCount: profile.points[point!]!.scale,
    })),
    left: bad.map(({ names, reason }) => `${names[0]}: ${reason}`),
  };
}
