import { findPlaces, profilesIn, protocolsIn } from './address.ts';
import { baselineFaults } from './baseline.ts';
import { coefficientTablesIn, fillCoefficients } from './coefficients.ts';
import type { CoefficientTable } from './coefficientTable.ts';
import { meterDimensions, metricDimensions, unreadableUnits } from './dimensions.ts';
import { type Expanded, expandModels, modelsIn } from './expand.ts';
import { type Complaint, complaintsOf, type Fault, inWords } from './faults.ts';
import { findFormulas } from './formulas.ts';
import { readPlantText } from './include.ts';
import { type IndicatorTable, type Library, type Profile, readShelf } from './library.ts';
import { isMapping, type Mapping } from './modelMetric.ts';
import type { PlantConfig } from './plant.ts';
import { brokenReferences, contradictions, duplicateIds, limitFaults, missingDevices, namesIn } from './references.ts';
import { resolvePlant } from './resolve.ts';
import { draftOf, listOf, PlantFile } from './schema.ts';

export { describeFaults, type Fault } from './faults.ts';

/** Laid over the file before it is judged: options by endpoint id, and under `clock` the pace of a simulated plant. */
export type Overlay = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type Loaded = ({ readonly config: PlantConfig } | { readonly faults: readonly Fault[] }) & {
  /** Every file that it was made of: the plant's own, those that it includes, and the profiles and tables it names. */
  readonly files: readonly string[];
  /** Where it looked for them, as `filesAt` takes it: a file that appears there later belongs to the plant. */
  readonly places: readonly string[];
};

export interface LoadOptions {
  readonly overlay?: Overlay;
  /** Whether there must be devices to read from; samples may also come from a file. */
  readonly devices?: boolean;
}

/** Reads a plant's file and all that it names. Either a configuration without any fault, or all faults at once, in their order in the file. */
export async function loadConfig(
  sourceFile: string,
  { overlay = {}, devices = true }: LoadOptions = {},
): Promise<Loaded> {
  const yaml = await readPlantText(sourceFile);
  if (yaml.broken) return { faults: yaml.faults, files: yaml.files, places: yaml.places };
  const written = withOverlay(isMapping(yaml.value) ? yaml.value : {}, overlay);
  const models = await readShelf('models', modelsIn(written), sourceFile);
  const named = typeof written.indicators === 'string' ? [written.indicators] : [];
  const tables = await readShelf('indicators', named, sourceFile);
  const indicators = named[0] === undefined ? undefined : tables.volumes.get(named[0]);
  const expanded = expandModels(written, models, indicators);
  const draft = draftOf(expanded.file);
  const profiles = await readShelf('profiles', profilesIn(draft), sourceFile);
  const coefficients = await readShelf('coefficients', coefficientTablesIn(draft), sourceFile);
  const judged = judge(isMapping(yaml.value) ? expanded.file : yaml.value, { draft, profiles, tables, coefficients });
  const unread = devices && isMapping(yaml.value) ? missingDevices(expanded.file) : [];
  const complaints = inSource([...expanded.complaints, ...judged.complaints, ...unread], expanded);
  const libraries = [models, tables, profiles, coefficients];
  const files = [...yaml.files, ...libraries.flatMap((library) => library.files)];
  const places = [...yaml.places, ...libraries.flatMap((library) => library.places)];
  const faults = [
    ...inOrder([...yaml.faults, ...complaints.map(yaml.faultOf)], yaml.files),
    ...libraries.flatMap((library) => library.faults),
  ];
  if (faults.length > 0 || !judged.file) return { faults, files, places };
  return { config: resolvePlant(judged.file, { sourceFile, indicators, ...judged.findings }), files, places };
}

const inOrder = (faults: readonly Fault[], files: readonly string[]): Fault[] =>
  faults.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);

/** What several parts made of one entry of the file have in common is told once. */
function inSource(complaints: readonly Complaint[], expanded: Expanded): Complaint[] {
  const told = complaints.flatMap((complaint) => {
    const source = expanded.toSource(complaint);
    return source ? [{ ...source, ...(complaint.beside && { beside: complaint.beside }) }] : [];
  });
  return [...new Map(told.map((complaint) => [JSON.stringify(complaint), complaint])).values()];
}

interface Material {
  readonly draft: ReturnType<typeof draftOf>;
  readonly profiles: Library<Profile>;
  readonly tables: Library<IndicatorTable>;
  readonly coefficients: Library<CoefficientTable>;
}

/** All complaints of the schema, and all of the parts that it accepts. */
function judge(value: unknown, { draft, profiles, tables, coefficients }: Material) {
  const { data, error } = PlantFile.safeParse(value, { error: inWords });
  const file = isMapping(value) ? value : {};
  const { places: read, complaints } = findPlaces(draft, protocolsIn(file), profiles);
  const { formulas, places, complaints: unformed } = findFormulas(draft, read);
  const { filled, complaints: unfilled } = fillCoefficients(draft, coefficients);
  const meters = listOf(file.meters);
  const hasScale = (meter: number): boolean => isMapping(meters[meter]) && meters[meter].scale !== undefined;
  const found: Complaint[] = [
    ...(error ? complaintsOf(error) : []),
    ...duplicateIds(file),
    ...brokenReferences(file, namesIn(file)),
    ...contradictions(draft),
    ...complaints,
    ...unformed,
    ...unfilled,
    ...limitFaults(draft, tables),
    ...unreadableUnits(filled),
    ...meterDimensions(filled, places, hasScale),
    ...metricDimensions(filled, tables.volumes),
    ...baselineFaults(filled),
  ];
  const metrics = filled.metrics.filter((metric) => metric !== undefined);
  return { file: data, complaints: found, findings: { places, formulas, hasScale, metrics } };
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
