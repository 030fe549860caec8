import { join } from 'node:path';
import { stringify } from 'yaml';
import { describeFaults } from '../../config/faults.ts';
import { type Profile, pointAddress, readShelf } from '../../config/library.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { Point } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import type { Sample } from '../../rules/sample.ts';
import { realClock } from '../clock.ts';
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
  const probed = readProbeUrl(url);
  const profile = await profileOf(name);
  const samples = await samplesOf(url, probed, profile);
  const rows = Object.entries(profile.points).map(([point, { unit, scale }]): Row => {
    const { value, statusCode, reason = null } = samples.get(point)!;
    return { names: [point], value: scaled(value, scale), unit, statusCode, reason };
  });
  process.stdout.write(json ? jsonText(rows) : yaml ? tagList(name, probed, rows) : readingTable(['point'], rows));
  if (rows.every(({ value }) => value === null)) throw new Refused(`${url} gave no value at all`);
  return EXIT.done;
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

/** Endpoint and tags for the plant's file; what could not be read stands as a comment. */
function tagList(profile: string, { written, unitId }: Probed, rows: readonly Row[]): string {
  const endpoint = { id: 'meter', protocol: 'modbus', ...written };
  const tagOf = ({ names: [point] }: Row): object => ({
    id: `meter.${point}`,
    endpoint: 'meter',
    address: { unitId, profile, point },
  });
  const tags = rows.filter(({ value }) => value !== null).map(tagOf);
  const left = rows.filter(({ value }) => value === null).map(({ names, reason }) => `# ${names[0]}: ${reason}\n`);
  return `${stringify({ endpoints: [endpoint], tags })}${left.join('')}`;
}
