import { join } from 'node:path';
import { stringify } from 'yaml';
import { describeFaults } from '../../config/faults.ts';
import { type Profile, pointAddress, readShelf } from '../../config/library.ts';
import { didYouMean } from '../../config/suggest.ts';
import { ConnectionLost, type Host, Misconfigured, type Point } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import type { Sample } from '../../rules/sample.ts';
import { realClock } from '../clock.ts';
import type { OptionsOf } from './options.ts';
import { type Probed, readProbeUrl } from './probeUrl.ts';
import { onSignals } from './signals.ts';
import { EXIT, Refused, UsageError } from './usage.ts';

/** A point of the profile as it was read, in the profile's unit. */
interface Row {
  readonly point: string;
  readonly value: number | string | null;
  readonly unit: string;
  readonly statusCode: string;
  readonly reason: string | null;
}

/** One poll is all that is wanted. */
const PERIOD = 3_600_000;

/** `pertonne probe`: reads everything of a profile once, and says what came of it. */
export async function probe({ file: url, profile: name, json, yaml }: OptionsOf<'probe'>): Promise<number> {
  const probed = readProbeUrl(url);
  const profile = await profileOf(name);
  const samples = await readOnce(url, probed, profile);
  const rows = Object.entries(profile.points).map(([point, { unit, scale }]): Row => {
    const { value, statusCode, reason = null } = samples.get(point)!;
    return { point, value: scaled(value, scale), unit, statusCode, reason };
  });
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : yaml ? tagList(name, probed, rows) : table(rows));
  if (rows.every(({ value }) => value === null)) throw new Refused(`${url} gave no value at all`);
  return EXIT.done;
}

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

async function readOnce(url: string, { options, unitId }: Probed, profile: Profile): Promise<Map<string, Sample>> {
  const points = Object.keys(profile.points).map((tag): Point<ReturnType<typeof modbus.address.parse>> => {
    return { tag, period: PERIOD, address: modbus.address.parse({ unitId, ...pointAddress(profile, tag) }) };
  });
  const samples = new Map<string, Sample>();
  const done = new AbortController();
  const host: Host = {
    clock: realClock(),
    phase: () => 0,
    deliver: async (batch) => {
      for (const sample of batch) samples.set(sample.tag, sample);
      if (samples.size === points.length) done.abort();
    },
    connected: () => {},
    polled: () => {},
    counted: () => {},
    notice: () => {},
    pkiFolder: '',
  };
  try {
    await modbus.open(options, points)(host, AbortSignal.any([done.signal, onSignals()]));
  } catch (cause) {
    if (cause instanceof ConnectionLost || cause instanceof Misconfigured)
      throw new Refused(`${url} cannot be read: ${cause.message}`, { cause });
    throw cause;
  }
  if (samples.size < points.length) throw new Refused(`${url}: ended before it was read`);
  return samples;
}

/** Counts that no double holds stay exact where there is nothing to multiply; others lose the noise of the last digits. */
function scaled(value: Sample['value'], scale: number): Row['value'] {
  if (value === null || typeof value === 'string') return value;
  if (scale === 1)
    return typeof value === 'bigint' && !Number.isSafeInteger(Number(value)) ? `${value}` : Number(value);
  return Number((Number(value) * scale).toPrecision(15));
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ point, value, unit, statusCode, reason }) => [
    point,
    value === null ? '-' : String(value),
    unit,
    reason === null ? statusCode : `${statusCode}: ${reason}`,
  ]);
  const all = [['point', 'value', 'unit', 'status'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = ([point, value, unit, status]: readonly string[]): string =>
    `${point!.padEnd(widths[0]!)}  ${value!.padStart(widths[1]!)}  ${unit!.padEnd(widths[2]!)}  ${status}\n`;
  return all.map(line).join('');
}

/** Endpoint and tags for the plant's file; what could not be read stands as a comment. */
function tagList(profile: string, { written, unitId }: Probed, rows: readonly Row[]): string {
  const endpoint = { id: 'meter', protocol: 'modbus', ...written };
  const tagOf = ({ point }: Row): object => ({
    id: `meter.${point}`,
    endpoint: 'meter',
    address: { unitId, profile, point },
  });
  const tags = rows.filter(({ value }) => value !== null).map(tagOf);
  const left = rows.filter(({ value }) => value === null).map(({ point, reason }) => `# ${point}: ${reason}\n`);
  return `${stringify({ endpoints: [endpoint], tags })}${left.join('')}`;
}
