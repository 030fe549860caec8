import { z } from 'zod';
import { didYouMean } from './suggest.ts';

/** Where in the file's tree: `['meters', 3, 'tag']`. */
export type Path = readonly (string | number)[];

/** Something wrong, told by its path; `at` says whether the key or its value is meant. */
export interface Complaint {
  readonly path: Path;
  readonly message: string;
  readonly at?: 'key';
  /** A line of the value, and the character of it that is meant, from 0. */
  readonly within?: { readonly text: string; readonly column: number };
  /** What it is at odds with, which is told at the message's end. */
  readonly beside?: Path;
}

/** A complaint with its place in the file; line and column count from 1. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** `meters[3].tag` */
export const pathText = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');

/** One line a fault: `plant.yaml:41:12 meters[3].tag: no tag named "m3_kwh"; did you mean "ml3_kwh"?` */
export const describeFaults = (faults: readonly Fault[]): string =>
  faults
    .map(({ file, line, column, path, message }) => `${file}:${line}:${column} ${path && `${path}: `}${message}`)
    .join('\n');

const MOST_CHARACTERS = 400;

/** Text that may hold words of the file, made safe for a terminal and a log: control characters escaped, length bounded. */
export function plainText(text: string): string {
  const escaped = text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length > MOST_CHARACTERS ? `${escaped.slice(0, MOST_CHARACTERS)}…` : escaped;
}

/** A value from the file as it is shown: escaped, and cut so that no line grows without bound. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** What a schema has against a value, at `base` in the file. */
export const complaintsOf = (error: z.ZodError, base: Path = []): Complaint[] =>
  error.issues.flatMap((issue) => complaintsOfIssue(issue as z.core.$ZodIssue, base));

function complaintsOfIssue(issue: z.core.$ZodIssue, base: Path): Complaint[] {
  const path = [...base, ...(issue.path as Path)];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index]!, at: 'key' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return complaintsOfUnion(issue.errors, path);
  return [{ path, message: issue.message }];
}

/** Of the forms that a value may take, the one whose outer type it has is the one that was meant. */
function complaintsOfUnion(branches: readonly (readonly z.core.$ZodIssue[])[], path: Path): Complaint[] {
  const isForeign = (issues: readonly z.core.$ZodIssue[]): boolean =>
    issues.some((issue) => issue.path.length === 0 && ['invalid_type', 'invalid_value'].includes(issue.code ?? ''));
  const meant = branches.filter((issues) => !isForeign(issues));
  if (meant.length > 0) return meant[0]!.flatMap((issue) => complaintsOfIssue(issue, path));
  return [{ path, message: [...new Set(branches.map((issues) => issues[0]!.message))].join(', or ') }];
}

/** The schemas' own refusals in plain words; given to every parse. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : `${shown(issue.input)} is not ${typeName(issue.expected)}`;
    case 'too_big':
      return tooBig(issue.input, issue.maximum, issue.inclusive);
    case 'too_small':
      return tooSmall(issue.input, issue.minimum, issue.inclusive);
    case 'invalid_value':
      return noneOf(issue.input, issue.values.map(String));
    case 'invalid_union':
      return issue.discriminator ? noKind(issue.input, String(issue.discriminator), issue.options) : undefined;
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, issue.schema);
    default:
      return undefined;
  }
};

const TYPE_NAMES: Record<string, string> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
};
const typeName = (expected: string): string => TYPE_NAMES[expected] ?? `a ${expected}`;

const sizeOf = (input: unknown): string => (Array.isArray(input) ? 'entries' : 'characters');

function tooBig(input: unknown, maximum: number | bigint, inclusive = true): string {
  if (maximum === Number.MAX_SAFE_INTEGER) return 'a count above 2^53 stands in quotes';
  if (typeof input !== 'number') return `has more than ${maximum} ${sizeOf(input)}`;
  return `${input} is ${inclusive ? 'above' : 'not below'} ${maximum}`;
}

function tooSmall(input: unknown, minimum: number | bigint, inclusive = true): string {
  if (typeof input !== 'number') return `has fewer than ${minimum} ${sizeOf(input)}`;
  return `${input} is ${inclusive ? 'below' : 'not above'} ${minimum}`;
}

function noneOf(input: unknown, values: readonly string[]): string {
  if (input === undefined) return `missing: ${values.join(', ')}`;
  if (values.length === 1) return `${shown(input)} is not ${values[0]}`;
  return `${shown(input)} is none of ${values.join(', ')}${didYouMean(String(input), values)}`;
}

function noKind(input: unknown, discriminator: string, options: unknown): string {
  const given = (input as Record<string, unknown> | null)?.[discriminator];
  return noneOf(given, Array.isArray(options) ? options.map(String) : []);
}

/** One line a key, so that each becomes a complaint of its own. */
function unknownKeys(keys: readonly string[], schema: unknown): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return keys.map((key) => `unknown key${didYouMean(key, known)}`).join('\n');
}
