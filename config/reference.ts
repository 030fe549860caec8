import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Entry } from '../rules/entry.ts';
import { MOST_BYTES } from './document.ts';
import { editorSchemas, type Json, plantSchema } from './editorSchemas.ts';
import { MOST_FILES } from './include.ts';
import { markdownTable } from './markdown.ts';
import { modelsPage } from './modelReference.ts';

/** A page to read, made from the schema of the plant's file. */

const ofSchema = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: 'input' });

const INTRODUCTION = `# The plant's file

One YAML file describes a plant. \`pertonne check plant.yaml\` lists everything that is wrong with it, each with line and
column, and opens no socket. For completion and faults in an editor that knows YAML, begin the file with
\`# yaml-language-server: $schema=<path to config/plant.schema.json>\`, an included one with that of part.schema.json; there
are profile.schema.json, model.schema.json, indicators.schema.json and coefficients.schema.json too. Unknown keys are refused.

- A plant may be in several files: \`include: [meters/*.yaml]\` joins their lists with the file's own, from the folder of
  the file that says so and those below it; faults name the file that they are in. At most ${MOST_FILES} files,
  ${MOST_BYTES / 2 ** 20} MiB together.
- Durations are \`250ms\`, \`5s\`, \`15min\`, \`48h\`. Names of certificates, keys and other files are relative to the plant's
  file, in included files too.
- No secret stands in a plant file: passwords and tokens are named by a file (\`passwordFile\`, \`tokenFile\`,
  \`proxyPasswordFile\`) or an environment variable (\`passwordEnv\`, \`tokenEnv\`, \`proxyPasswordEnv\`), private keys by
  a file (\`userKey\`, \`keyFile\`). They are read at each connect.
- A tag carries the raw count; \`unit\` says what one count is before any scale. A meter's \`scale\` makes its amount of it
  (CT and PT ratio included). Without one, the scale of the profile's point holds, or 1, and the units must then agree.
- Units are compared, never converted: a term in MWh beside one in kWh needs \`{ meter: …, coefficient: 1000, unit: kWh/MWh }\`,
  a share in % a coefficient of 100 with unit \`%\`.
- A coefficient may stand by name: \`{ meter: …, coefficient: gb-t-2589-2020/coke }\`, from [coefficients/](coefficients) or
  coefficients/ beside the plant's file, with a minus before it (\`-gb-t-2589-2020/coke\`) for what is passed on to others,
  and with a \`unit\` in that unit (\`unit: kgce/t\`). A measured calorific value goes before the table's:
  \`coefficient: { table: gb-t-2589-2020/blast-furnace-gas, lowerHeatingValue: 3.52, unit: MJ/Nm3 }\`.
- A line may name a [model](MODELS.md), of [models/](models) or of models/ beside the plant's file: from what the line gives
  under \`meters\` (a tag, or meter options, or a list of these) the model makes meters \`<line>.<name>\` (\`<line>.<name>-1\` …
  of a list) and metrics \`<line>.<metric>\`, with limits where the plant's table of indicators has the row. \`energy\` and
  \`co2\` of such a meter are its coefficients, by name or as a number in kgce or t per unit. What the file has itself under
  the same id goes before the model's: an entry in full (with \`kind\`, or \`numerator\`) replaces it, another changes the
  keys that it has.

Made from the schema by \`node config/reference.ts\`; do not edit.
`;

/** The page: a table for each mapping of the file. */
export function referencePage(): string {
  const root = plantSchema();
  const sections: string[] = [];
  const told = new Set<string>();
  const add = (title: string, schema: Json): void => {
    if (told.has(JSON.stringify(schema))) return;
    told.add(JSON.stringify(schema));
    const { text, inner } = section(title, schema);
    sections.push(text);
    for (const [name, child] of inner) add(name, child);
  };
  add('plant.yaml', root);
  for (const entry of Entry.options) add(`operator's entry: ${entry.shape.type.value}`, ofSchema(entry));
  return [INTRODUCTION, ...sections].join('\n');
}

/** What operators enter is not part of the plant's file, but is written in the same manner. */

const HEAD = ['key', 'value', 'required', 'default', 'meaning'];

interface Section {
  readonly text: string;
  readonly inner: readonly (readonly [string, Json])[];
}

function section(title: string, schema: Json): Section {
  const properties = Object.entries(schema.properties ?? {}) as [string, Json][];
  const rows = properties.map(([key, value]) => [
    code(key),
    typeText(value),
    schema.required?.includes(key) ? 'yes' : '',
    value.default === undefined ? '' : code(JSON.stringify(value.default)),
    descriptionOf(value),
  ]);
  const about = schema.description ? `${schema.description}\n\n` : '';
  const inner = properties.flatMap(([key, value]) =>
    mappingsIn(value).map(
      (child) => [`${title === 'plant.yaml' ? '' : `${title}.`}${key}${variantOf(child)}`, child] as const,
    ),
  );
  return { text: `## ${title}\n\n${about}${markdownTable(HEAD, rows)}\n`, inner };
}

const descriptionOf = (value: Json): string =>
  value.description ?? (value.items as Json | undefined)?.description ?? '';

/** The mappings that a value may be, or be a list of. */
function mappingsIn(value: Json): Json[] {
  const forms = (value.oneOf ?? value.anyOf ?? [(value.items as Json | undefined) ?? value]) as Json[];
  return forms.flatMap((form) =>
    form === value || form.properties ? (form.properties ? [form] : []) : mappingsIn(form),
  );
}

/** `: counter` for the form of a list's entries that has `kind: counter`. */
function variantOf(schema: Json): string {
  const constant = Object.values(schema.properties ?? {}).find((value) => typeof (value as Json).const === 'string');
  const name = schema.title ?? (constant as Json | undefined)?.const;
  return name === undefined ? '' : `: ${name}`;
}

function typeText(value: Json): string {
  if (value.const !== undefined) return code(JSON.stringify(value.const));
  if (value.enum) return value.enum.map((one) => code(String(one))).join(', ');
  if (value.prefixItems) return `[${(value.prefixItems as Json[]).map(typeText).join(', ')}]`;
  if (value.items) return `list of ${typeText(value.items as Json)}`;
  const forms = (value.oneOf ?? value.anyOf) as Json[] | undefined;
  if (forms) return [...new Set(forms.map(typeText))].join(' or ');
  if (value.type === 'object') return 'mapping';
  if (value.pattern?.includes('ms|s|min')) return 'duration';
  return [value.type, bounds(value)].filter(Boolean).join(' ');
}

function bounds({ minimum, exclusiveMinimum, maximum }: Json): string {
  const least = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `${least} … ${most}`;
  if (typeof least === 'string') return least;
  if (least !== undefined && least !== Number.MIN_SAFE_INTEGER) return `from ${least}`;
  return most === undefined ? '' : `to ${most}`;
}

const code = (text: string): string => `\`${text}\``;

/** As the formatter wants it: a list that fits stands on one line. */
function jsonText(value: Json): string {
  const lists = /^(.*)\[\n\s+([^[\]{}]+?)\n\s+\]/gm;
  const text = JSON.stringify(value, null, 2).replace(lists, (list, before: string, entries: string) => {
    const line = `${before}[${entries.split(/\n\s+/).join(' ')}]`;
    return line.length <= 119 ? line : list;
  });
  return `${text}\n`;
}

if (import.meta.main) {
  const folder = import.meta.dirname;
  for (const [file, schema] of Object.entries(editorSchemas())) await writeFile(join(folder, file), jsonText(schema));
  await writeFile(join(folder, 'REFERENCE.md'), referencePage());
  await writeFile(join(folder, 'MODELS.md'), await modelsPage());
}
