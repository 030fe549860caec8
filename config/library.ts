import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { protocols } from '../drivers/index.ts';
import { Id } from '../rules/options.ts';
import { UnitText } from '../rules/units.ts';
import { CoefficientTable } from './coefficientTable.ts';
import { readYaml } from './document.ts';
import { complaintsOf, type Fault, inWords } from './faults.ts';
import { Model } from './model.ts';

/** What many plants share, as data: meter profiles, indicator tables, coefficients and line models, ours and those in folders beside the plant's file. */

export const ProfilePoint = z
  .looseObject({
    unit: UnitText.describe('what `scale` times one count is'),
    scale: z.number().positive().default(1).describe('unit per count'),
    note: z.string().optional(),
  })
  .describe("a quantity of the meter; the rest is an address of the profile's protocol");

export const Profile = z
  .strictObject({
    maker: z.string(),
    model: z.string(),
    manual: z.string().describe('title and page of the document that says so'),
    protocol: z.enum(Object.keys(protocols) as [keyof typeof protocols]),
    wordOrder: z.string().optional().describe('default of its points'),
    device: z.record(z.string(), z.unknown()).optional().describe('what its protocol must know of the device'),
    note: z.string().optional(),
    points: z.record(Id, ProfilePoint),
  })
  .superRefine((profile, context) => {
    const { address } = protocols[profile.protocol];
    for (const name of Object.keys(profile.points)) {
      const refused = address.safeParse(pointAddress(profile, name), { error: inWords }).error;
      for (const complaint of refused ? complaintsOf(refused, ['points', name]) : [])
        context.addIssue({ code: 'custom', path: [...complaint.path], message: complaint.message });
    }
  });
export type Profile = z.infer<typeof Profile>;

/** The address that a point of a profile stands for, as its protocol's schema wants it. */
export function pointAddress(
  profile: Pick<Profile, 'wordOrder' | 'device' | 'points'>,
  point: string,
): Readonly<Record<string, unknown>> {
  const { unit: _unit, scale: _scale, note: _note, ...address } = profile.points[point]!;
  const { wordOrder, device } = profile;
  return { ...(wordOrder !== undefined && { wordOrder }), ...(device && { device }), ...address };
}

export const IndicatorTable = z.strictObject({
  title: z.string(),
  source: z.string().describe('the document that sets the bounds'),
  indicators: z
    .array(
      z.strictObject({
        id: Id,
        industry: z.enum(['steel', 'copper', 'alumina', 'aluminium', 'any']),
        route: z.string().optional().describe('the process route it applies to; a plant chooses the rows of its own'),
        metric: z.string(),
        unit: UnitText,
        op: z.enum(['<=', '>=']),
        bound: z.number(),
        quote: z.string().describe("the document's own words"),
        doubtful: z.string().optional(),
      }),
    )
    .min(1),
});
export type IndicatorTable = z.infer<typeof IndicatorTable>;
export type Indicator = IndicatorTable['indicators'][number];

const SHELVES = { profiles: Profile, indicators: IndicatorTable, coefficients: CoefficientTable, models: Model };
type Shelf = typeof SHELVES;
type Volume<Name extends keyof Shelf> = z.infer<Shelf[Name]>;

export interface Library<T> {
  /** Every name there is, read or not. */
  readonly names: readonly string[];
  readonly volumes: ReadonlyMap<string, T>;
  /** What was read, or could not be. */
  readonly files: readonly string[];
  /** Where the plant's own would stand. */
  readonly places: readonly string[];
  readonly faults: readonly Fault[];
}

/** The folders of a shelf, the plant's own first: what stands there replaces ours. */
const foldersOf = (shelf: keyof Shelf, plantFile: string): string[] => [
  join(dirname(plantFile), shelf),
  join(import.meta.dirname, shelf),
];

/** Reads the named volumes of a shelf; a name that is on no shelf is left out, for the caller to complain of. */
export async function readShelf<Name extends keyof Shelf>(
  shelf: Name,
  wanted: Iterable<string>,
  plantFile: string,
): Promise<Library<Volume<Name>>> {
  const files = new Map<string, string>();
  for (const folder of foldersOf(shelf, plantFile).reverse()) {
    for (const file of await yamlFilesIn(folder)) files.set(file.slice(0, -'.yaml'.length), join(folder, file));
  }
  const volumes = new Map<string, Volume<Name>>();
  const opened: string[] = [];
  const faults: Fault[] = [];
  const named = [...new Set(wanted)];
  for (const name of named) {
    const file = files.get(name);
    if (file === undefined) continue;
    opened.push(file);
    const read = await readVolume(file, SHELVES[shelf]);
    if ('faults' in read) faults.push(...read.faults);
    else volumes.set(name, read.volume as Volume<Name>);
  }
  const [own] = foldersOf(shelf, plantFile);
  const places = named.map((name) => join(own!, `${name}.yaml`));
  return { names: [...files.keys()], volumes, files: opened, places, faults };
}

async function readVolume(file: string, schema: z.ZodType): Promise<{ volume: unknown } | { faults: Fault[] }> {
  const yaml = await readYaml(file);
  if (yaml.faults.length > 0) return { faults: [...yaml.faults] };
  const { data, error } = schema.safeParse(yaml.value, { error: inWords });
  return error ? { faults: complaintsOf(error).map(yaml.faultOf) } : { volume: data };
}

/** A folder that is not there holds nothing. */
async function yamlFilesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
