import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import picomatch from 'picomatch';
import { z } from 'zod';
import { readYaml, type YamlFile } from './document.ts';
import { type Complaint, complaintsOf, type Fault, inWords, type Path, pathText } from './faults.ts';
import { isMapping, type Mapping } from './modelMetric.ts';

/** A plant in several files: read one after the other and put together, each fault told in the file where it stands. */

/** How many files one plant may have; all together they are bounded as one file is. */
export const MOST_FILES = 100;

/** Below the folder of the file that names it: a plant is one folder, which can be copied and mounted. */
const BELOW = /^(?![/\\])(?!.*(?:^|[/\\])\.{1,2}(?:[/\\]|$))[^*?\\]*[^/\\]*\.ya?ml$/;

export const Include = z
  .array(z.string().regex(BELOW, 'a file below the folder of this one, such as meters/*.yaml'))
  .max(MOST_FILES)
  .describe(
    'files that stand for a part of this one, below its folder, * for any characters of the last name: lists are joined, every other key stands in one file only',
  );

/** The plant's file with all that it includes. `faultOf` takes the places of the whole. */
export interface PlantText extends YamlFile {
  /** Every file that was read or was to be, the plant's own first. */
  readonly files: readonly string[];
  /** Where it looked for files to include, as `filesAt` takes it. */
  readonly places: readonly string[];
}

interface Part {
  readonly file: string;
  readonly yaml: YamlFile;
}

/** Reads the plant's file and what it includes; what cannot be read is a fault like any other. */
export async function readPlantText(file: string): Promise<PlantText> {
  const parts: Part[] = [];
  const faults = await read(file, parts, new Set());
  const whole = put(parts);
  return {
    value: parts.length === 1 && !isMapping(parts[0]!.yaml.value) ? parts[0]!.yaml.value : whole.value,
    faults: [...faults, ...whole.faults],
    broken: parts.some(({ yaml }) => yaml.broken),
    bytes: bytesOf(parts),
    files: parts.map((part) => part.file),
    places: parts.flatMap(placesOf),
    faultOf: whole.faultOf,
  };
}

function placesOf({ file, yaml: { value } }: Part): string[] {
  const { data: patterns = [] } = Include.safeParse(isMapping(value) ? value.include : []);
  return patterns.map((pattern) => join(dirname(file), pattern));
}

const bytesOf = (parts: readonly Part[]): number => parts.reduce((sum, { yaml }) => sum + yaml.bytes, 0);

/** Adds the file and what it includes to `parts`, and returns what is wrong with their texts and includes. */
async function read(file: string, parts: Part[], known: Set<string>): Promise<Fault[]> {
  known.add(await identity(file));
  const yaml = await readYaml(file, bytesOf(parts));
  const isFirst = parts.length === 0;
  parts.push({ file, yaml });
  const { value } = yaml;
  if (yaml.broken) return [...yaml.faults];
  if (!isMapping(value)) {
    const message = 'an included file is a mapping, such as tags: [...]';
    return isFirst ? [...yaml.faults] : [...yaml.faults, yaml.faultOf({ path: [], message })];
  }
  if (value.include === undefined) return [...yaml.faults];
  const { data: patterns = [], error } = Include.safeParse(value.include, { error: inWords });
  const faults = [...yaml.faults, ...(error ? complaintsOf(error, ['include']).map(yaml.faultOf) : [])];
  for (const [index, pattern] of patterns.entries()) {
    const complain = (message: string): Fault => yaml.faultOf({ path: ['include', index], message });
    const found = await filesAt(join(dirname(file), pattern));
    if (found.length === 0) faults.push(complain(`there is no file ${pattern}`));
    for (const included of found) {
      if (known.has(await identity(included))) faults.push(complain(`${included} is read already`));
      else if (parts.length === MOST_FILES) return [...faults, complain(`more than ${MOST_FILES} files`)];
      else faults.push(...(await read(included, parts, known)));
    }
  }
  return faults;
}

/** The same for every name of a file. */
const identity = (file: string): Promise<string> => realpath(file).catch(() => file);

/** The files of a folder whose name is as the last of `place`, in their order, so that the same folder makes the same plant everywhere. */
export async function filesAt(place: string): Promise<string[]> {
  const folder = dirname(place);
  const matches = picomatch(basename(place), { noextglob: true, nonegate: true, nobrace: true });
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => matches(name))
    .toSorted()
    .map((name) => join(folder, name));
}

interface Span {
  readonly part: Part;
  readonly from: number;
  readonly to: number;
}

/** Joins the lists; what is no list is the first one's that has it, and a fault where another has it too. */
function put(parts: readonly Part[]): Pick<YamlFile, 'faultOf' | 'faults'> & { value: Mapping } {
  const value: Record<string, unknown> = {};
  const spans = new Map<string, Span[]>();
  const faults: Fault[] = [];
  for (const part of parts) {
    const { include: _, ...own } = isMapping(part.yaml.value) ? part.yaml.value : {};
    for (const [key, entry] of Object.entries(own)) {
      const before = spans.get(key);
      const list = value[key];
      if (before && !(Array.isArray(list) && Array.isArray(entry))) {
        faults.push(
          part.yaml.faultOf({ path: [key], at: 'key', message: `stands in ${before[0]!.part.file} already` }),
        );
        continue;
      }
      const from = before ? (list as unknown[]).length : 0;
      value[key] = before ? [...(list as unknown[]), ...(entry as unknown[])] : entry;
      const to = from + (Array.isArray(entry) ? entry.length : 0);
      spans.set(key, [...(before ?? []), { part, from, to }]);
    }
  }
  return { value, faults, faultOf: teller(parts[0]!, spans) };
}

function teller(main: Part, spans: ReadonlyMap<string, readonly Span[]>): YamlFile['faultOf'] {
  const placeOf = ([key, index, ...rest]: Path): Part & { path: Path } => {
    const all = spans.get(String(key)) ?? [];
    const span = all.find(({ from, to }) => Number(index) >= from && Number(index) < to);
    if (span) return { ...span.part, path: [key!, Number(index) - span.from, ...rest] };
    const path = [key, index, ...rest].filter((step) => step !== undefined);
    return { ...(all[0]?.part ?? main), path };
  };
  return ({ beside, ...complaint }: Complaint): Fault => {
    const { yaml, file, path } = placeOf(complaint.path);
    const fault = yaml.faultOf({ ...complaint, path });
    if (!beside) return fault;
    const other = placeOf(beside);
    const { line, column } = other.yaml.faultOf({ path: other.path, message: '' });
    const where = other.file === file ? '' : `${other.file}:${line}:${column} `;
    return { ...fault, message: `${fault.message} ${where}${pathText(other.path)}` };
  };
}
