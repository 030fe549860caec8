import { z } from 'zod';
import { Duration } from '../../rules/options.ts';
import { parsePath, parseQualified } from './node.ts';

const Deadband = z
  .union([z.strictObject({ absolute: z.number().min(0) }), z.strictObject({ percent: z.number().positive().max(100) })])
  .describe('changes up to this are not reported: { absolute: 0.5 } in counts, or { percent: 1 } of its EURange');

/** How a value is acquired; an endpoint says it for all of its tags, a tag for itself. */
export const acquiring = {
  acquisition: z
    .enum(['poll', 'subscribe'])
    .describe('poll: one Read a period; subscribe: the server samples, and reports changes when they happen'),
  samplingInterval: Duration.optional().describe(
    "of a subscription: how often the server looks, in real time; default the tag's period",
  ),
  queueSize: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'of a subscription: changes the server keeps until they are published; default ten, or what two publishing intervals take',
    ),
  deadband: Deadband.optional(),
};

/** In capitals or not, and without a flag: a pattern in a JSON Schema has none. */
const HEX = '[0-9a-fA-F]';
const IDENTIFIER = `[iI]=\\d+|[sS]=.+|[gG]=${HEX}{8}(?:-${HEX}{4}){3}-${HEX}{12}|[bB]=[A-Za-z0-9+/]+={0,2}`;
const NODE = new RegExp(`^(?:[nN][sS]=\\d+;|[nN][sS][uU]=[^;]+;)?(?:${IDENTIFIER})$`);

/** `nsu=<uri>` is better than `ns=<index>`, which may change when the server restarts. */
export const NodeText = z
  .string()
  .regex(NODE, 'a NodeId such as nsu=urn:maker:plc;s=Mill.Power or ns=2;i=1042')
  .refine((node) => below(node, /^ns=(\d+)/i, 2 ** 16), 'a namespace index is below 65536')
  .refine((node) => below(node, /^(?:nsu?=[^;]+;)?i=(\d+)$/i, 2 ** 32), 'a numeric id is below 4294967296');

function below(node: string, number: RegExp, bound: number): boolean {
  return Number(number.exec(node)?.[1] ?? 0) < bound;
}

/** A tag's place in a server: a node, or a path of browse names, from the root or from an instance of a type. */
export const address = z
  .strictObject({
    node: NodeText.optional().describe('a NodeId such as nsu=urn:maker:plc;s=Mill.Power or ns=2;i=1042'),
    path: z
      .string()
      .refine((path) => parsePath(path) !== null, 'browse names such as /Objects/nsu=urn:maker:plc;Mill/Power')
      .optional()
      .describe(
        'browse names from the root, or from an instance of `type`: /Objects/nsu=urn:maker:plc;Mill/Power. A name without ' +
          'nsu= is in the namespace of the name before it; & stands before a slash or & that belongs to a name',
      ),
    type: z
      .string()
      .refine(
        (type) => NODE.test(type) || parseQualified(type) !== null,
        'such as nsu=http://opcfoundation.org/UA/Scales/;ScaleDeviceType',
      )
      .optional()
      .describe(
        'browse name or NodeId of an object type; `path` then starts at the one instance of it or of its subtypes',
      ),
    instance: z.string().min(1).optional().describe('browse name of the instance, where the server has several'),
    indexRange: z
      .union([z.number().int().min(0), z.string().regex(/^\d+(,\d+)*$/)])
      .transform(String)
      .optional()
      .describe('one element of an array, counted from 0; of a matrix "row,column"'),
    checkUnit: z
      .boolean()
      .default(true)
      .describe('whether the tag is bad while the server gives other EngineeringUnits than its unit'),
    ...acquiring,
    acquisition: acquiring.acquisition.optional(),
  })
  .superRefine(({ node, path, type, instance }, context) => {
    const fault = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if ((node === undefined) === (path === undefined)) fault('node', 'either a node or a path');
    if (type !== undefined && path === undefined) fault('type', 'needs the path below its instance');
    if (instance !== undefined && type === undefined) fault('instance', 'needs the type');
  });
export type Address = z.infer<typeof address>;
