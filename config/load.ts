import { findPlaces, profilesIn, protocolsIn } from './address.ts';
import { meterDimensions, metricDimensions, unreadableUnits } from './dimensions.ts';
import { readYaml } from './document.ts';
import { type Complaint, complaintsOf, type Fault, inWords } from './faults.ts';
import { type IndicatorTable, type Library, type Profile, readShelf } from './library.ts';
import type { PlantConfig } from './plant.ts';
import { brokenReferences, contradictions, duplicateIds, limitFaults, namesIn } from './references.ts';
import { resolvePlant } from './resolve.ts';
import { draftOf, listOf, PlantFile } from './schema.ts';

export { describeFaults, type Fault } from './faults.ts';

/** Laid over the file before it is judged: options by endpoint id, and under `clock` the pace of a simulated plant. */
export type Overlay = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type Loaded = { readonly config: PlantConfig } | { readonly faults: readonly Fault[] };

type Mapping = Readonly<Record<string, unknown>>;

/** Reads a plant's file and all that it names. Either a configuration without any fault, or all faults at once, in their order in the file. */
export async function loadConfig(sourceFile: string, { overlay = {} }: { overlay?: Overlay } = {}): Promise<Loaded> {
  const yaml = await readYaml(sourceFile);
  if (yaml.broken) return { faults: yaml.faults };
  const file = withOverlay(isMapping(yaml.value) ? yaml.value : {}, overlay);
  const draft = draftOf(file);
  const profiles = await readShelf('profiles', profilesIn(draft), sourceFile);
  const tables = await readShelf('indicators', draft.indicators === undefined ? [] : [draft.indicators], sourceFile);
  const judged = judge(isMapping(yaml.value) ? file : yaml.value, { draft, profiles, tables });
  const faults = [
    ...[...yaml.faults, ...judged.complaints.map(yaml.faultOf)].sort((a, b) => a.line - b.line || a.column - b.column),
    ...profiles.faults,
    ...tables.faults,
  ];
  if (faults.length > 0 || !judged.file) return { faults };
  const indicators = draft.indicators === undefined ? undefined : tables.volumes.get(draft.indicators);
  return { config: resolvePlant(judged.file, { sourceFile, indicators, ...judged.findings }) };
}

interface Material {
  readonly draft: ReturnType<typeof draftOf>;
  readonly profiles: Library<Profile>;
  readonly tables: Library<IndicatorTable>;
}

/** All complaints of the schema, and all of the parts that it accepts. */
function judge(value: unknown, { draft, profiles, tables }: Material) {
  const { data, error } = PlantFile.safeParse(value, { error: inWords });
  const file = isMapping(value) ? value : {};
  const { places, complaints } = findPlaces(draft, protocolsIn(file), profiles);
  const meters = listOf(file.meters);
  const hasScale = (meter: number): boolean => isMapping(meters[meter]) && meters[meter].scale !== undefined;
  const found: Complaint[] = [
    ...(error ? complaintsOf(error) : []),
    ...duplicateIds(file),
    ...brokenReferences(file, namesIn(file)),
    ...contradictions(draft),
    ...complaints,
    ...limitFaults(draft, tables),
    ...unreadableUnits(draft),
    ...meterDimensions(draft, places, hasScale),
    ...metricDimensions(draft, tables.volumes),
  ];
  return { file: data, complaints: found, findings: { places, hasScale } };
}

/** An overlay for an endpoint that the file does not have changes nothing. */
function withOverlay(file: Mapping, { clock, ...options }: Overlay): Mapping {
  const endpoints = listOf(file.endpoints).map((endpoint) =>
    isMapping(endpoint) && Object.hasOwn(options, String(endpoint.id))
      ? { ...endpoint, ...options[String(endpoint.id)] }
      : endpoint,
  );
  return {
    ...file,
    ...(Array.isArray(file.endpoints) && { endpoints }),
    ...(clock && { clock: { ...(isMapping(file.clock) ? file.clock : {}), ...clock } }),
  };
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
