import { markdownTable } from '../../config/markdown.ts';

/** docs/http.md: the OpenAPI document for people. */

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Values & { readonly items?: Values };
}
interface Values {
  readonly enum?: readonly string[];
}
interface Operation {
  readonly summary: string;
  /** The scope. None where anybody is answered. */
  readonly 'x-needs'?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
export interface HttpDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const INTRODUCTION = `# The HTTP API

Made from \`/v1/openapi.json\`, which says all of this to machines, and the schemas in full (\`/v1/schemas\`). How lists come
in pages and tables, and how to enter something: [README](../README.md#http). The stream: [stream.md](stream.md).

Where there are tokens, each operation needs one of scope \`read\`, unless it says otherwise: \`Authorization: Bearer …\`.

\`npx vitest run test/agent/contract.test.ts -u\` writes this page; do not edit.
`;

const code = (text: string): string => `\`${text}\``;
const nameOf = (type: string, { schema }: Content[string]): string =>
  schema.$ref ? code(schema.$ref.split('/').at(-1)!) : type.split(';')[0]!;
const bodies = (content: Content): string =>
  Object.entries(content)
    .map(([type, media]) => nameOf(type, media))
    .join(' or ');

function section(
  path: string,
  method: string,
  { summary, 'x-needs': needs, parameters = [], requestBody, responses }: Operation,
): string {
  const asked = parameters.map(({ name, in: place, required, description, schema }) => [
    code(name),
    place === 'path' ? 'in the path' : required ? 'must be there' : '',
    [description, (schema.enum ?? schema.items?.enum)?.map(code).join(', ')].filter(Boolean).join(': '),
  ]);
  const answers = Object.entries(responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { description, content }]) => [status, description, bodies(content)]);
  return [
    `## ${method.toUpperCase()} ${path}\n\n${summary}.`,
    ...(needs === 'read' ? [] : [needs ? `Needs scope \`${needs}\`.` : 'Needs no token.']),
    ...(asked.length > 0 ? [markdownTable(['parameter', '', 'meaning'], asked)] : []),
    ...(requestBody ? [`Body: ${bodies(requestBody.content)}.`] : []),
    markdownTable(['status', 'when', 'answer'], answers),
  ].join('\n\n');
}

export function httpPage({ paths }: HttpDocument): string {
  const sections = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(path, method, operation)),
  );
  return `${[INTRODUCTION.trimEnd(), ...sections].join('\n\n')}\n`;
}
