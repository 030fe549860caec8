import { z } from 'zod';
import { Cursor, Seq } from '../stream/protocol.ts';

/**
 * What of an agent's frames is stored or looked up by. It comes from elsewhere, so it is checked; fields that are new
 * come through.
 */
const Name = z.string().min(1).max(200);

export const Greeting = z.looseObject({ agent: Name, epoch: Name });
export const Kept = z.array(
  z.looseObject({ seq: Seq, kind: z.string().max(64), at: z.string().max(64), body: z.looseObject({}) }),
);
export const Place = Cursor.extend({ epoch: Name });
export const Hole = z.object({ epoch: Name, from: Seq, to: Seq, reason: z.string().max(200) });

/** Passes `value` on if `schema` takes it; throws an Error that says what is wrong with it. */
export function checked<Value>(schema: z.ZodType, value: Value): Value {
  const { error } = schema.safeParse(value);
  const issue = error?.issues[0];
  if (issue) throw new Error(`what the agent sends is no pertonne.v1: ${issue.path.join('.')}: ${issue.message}`);
  return value;
}
